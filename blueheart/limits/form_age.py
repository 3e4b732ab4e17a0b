"""A signed stamp of when a form was shown: robots send at once, and keep old forms for later."""

from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext as _

QUICKEST_SECONDS = 2
LONGEST_SECONDS = 12 * 60 * 60


class FormAgeError(ValueError):
    """The form was sent too soon or too late; the message says so kindly."""


def stamp() -> str:
    """A stamp for a form that is shown now."""
    return _signer().sign("shown")


def check(value: str, *, quickest: int = QUICKEST_SECONDS) -> None:
    """Raises `FormAgeError` where the stamp is forged, older than half a day or younger than the quickest seconds."""
    if not is_lasting(value):
        raise FormAgeError(_("This form was open for too long. Please send it once more."))
    if _is_within(value, quickest):
        raise FormAgeError(_("That was very quick. Please look it over and send it once more."))


def kept(came: str) -> str:
    """The stamp to send next: the one that came, while it is good, so that sending again is not too quick."""
    return came if is_lasting(came) else stamp()


def is_lasting(value: str) -> bool:
    """Whether the stamp is ours and not older than half a day."""
    return _is_within(value, LONGEST_SECONDS)


def _is_within(value: str, seconds: int) -> bool:
    try:
        _signer().unsign(value, max_age=seconds)
    except BadSignature:  # forged, or older than that
        return False
    return True


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="blueheart.form_age")
