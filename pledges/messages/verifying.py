"""Telling organisations and authorities what became of their pledge."""

from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from campaigns.contact import contact_address
from pledges.models import Pledge, PledgingBody
from pledges.services import quiet

Verification = Pledge.Verification


@letter("pledge-verified")
def verified(message: Message) -> Letter | None:
    """Say that it counts now, with the way to its heart."""
    return _letter_of(message, Verification.VERIFIED)


@letter("pledge-not-verified")
def not_verified(message: Message) -> Letter | None:
    """Say kindly why it is not shown."""
    return _letter_of(message, Verification.REFUSED)


@letter("pledge-verify-question")
def question(message: Message) -> Letter | None:
    """Ask for what staff still need to know."""
    return _letter_of(message, Verification.WAITING)


def _letter_of(message: Message, state: str) -> Letter | None:
    """None where staff have decided otherwise meanwhile, or nobody may be written to."""
    bodies = PledgingBody.objects.select_related("pledge").filter(pk=message.subject_id, pledge__verification=state)
    body = bodies.first()
    if body is None or not quiet.may_write(body.pledge.email):
        return None
    context = {
        "contact_name": body.contact_name,
        "name": body.pledge.public_name,
        "link": site_url(body.pledge.get_absolute_url()) if body.pledge.has_own_page else "",
        "reason": body.refused_for,
        "question": body.asked_for,
        "public_id": body.pledge.public_id,
        "write_to": contact_address(),
    }
    return Letter(to=body.pledge.email, context=context)
