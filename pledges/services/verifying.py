"""Verifying organisations and authorities: they count and show only after staff have made sure who they are."""

from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges.models import Pledge, PledgingBody

Verification = Pledge.Verification


class NotToBeDecidedError(RefusedError):
    """What was asked cannot be done with this organisation or authority as it stands."""


@transaction.atomic
def verify(*, body_id: int, by: User, request: HttpRequest) -> None:
    """Have the pledge count and show, and tell its contact. Raises `NotToBeDecidedError`."""
    body = _locked(body_id, waits=True)
    _decide(body, Verification.VERIFIED, by=by)
    _tell(body, "pledge-verified")
    record("pledge.verified", target=body.pledge, request=request)


@transaction.atomic
def refuse(*, body_id: int, reason: str, by: User, request: HttpRequest) -> None:
    """Neither count nor show the pledge, and tell its contact why. Raises `NotToBeDecidedError`.

    `reason` goes to the contact as it is written; the trail keeps only that there was one.
    """
    body = _locked(body_id, waits=True)
    _decide(body, Verification.REFUSED, by=by, refused_for=reason)
    _tell(body, "pledge-not-verified")
    record("pledge.not-verified", target=body.pledge, request=request)


@transaction.atomic
def ask(*, body_id: int, question: str, request: HttpRequest) -> None:
    """Ask the contact for what staff still need to know; it goes on waiting. Raises `NotToBeDecidedError`."""
    body = _locked(body_id, waits=True)
    body.asked_for, body.asked_at = question, timezone.now()
    body.save(update_fields=["asked_for", "asked_at"])
    _tell(body, "pledge-verify-question")
    record("pledge.asked-for-proof", target=body.pledge, request=request)


@transaction.atomic
def take_back(*, body_id: int, request: HttpRequest) -> None:
    """Take a decision back: the pledge waits once more, neither counted nor shown. Raises `NotToBeDecidedError`."""
    body = _locked(body_id, waits=False)
    _decide(body, Verification.WAITING)
    record("pledge.to-be-verified-again", target=body.pledge, request=request)


def link_fits_mail(body: PledgingBody) -> bool | None:
    """Whether the mail's domain is that of the link or stands below it; None where one is missing."""
    linked = (urlsplit(body.link).hostname or "").removeprefix("www.")
    mailed = body.pledge.email.rpartition("@")[2].lower()
    if not linked or not mailed:
        return None
    return linked == mailed or mailed.endswith(f".{linked}") or linked.endswith(f".{mailed}")


def _locked(body_id: int, *, waits: bool) -> PledgingBody:
    """The body with its pledge, locked and confirmed."""
    pledge_id = PledgingBody.objects.values_list("pledge_id", flat=True).get(pk=body_id)
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    body = PledgingBody.objects.select_for_update().get(pk=body_id)
    body.pledge = pledge
    if pledge.status != Pledge.Status.CONFIRMED or pledge.erased_at:
        raise NotToBeDecidedError(_("It is not confirmed, or it was taken back."))
    if (pledge.verification == Verification.WAITING) is not waits:
        raise NotToBeDecidedError(_("It is decided already.") if waits else _("It waits for a decision already."))
    return body


def _decide(body: PledgingBody, verification: str, *, by: User | None = None, refused_for: str = "") -> None:
    body.pledge.verification = verification
    body.pledge.featured_at = None
    body.pledge.save(update_fields=["verification", "featured_at"])
    body.decided_at = None if verification == Verification.WAITING else timezone.now()
    body.decided_by, body.refused_for = by, refused_for
    body.save(update_fields=["decided_at", "decided_by", "refused_for"])


def _tell(body: PledgingBody, kind: str) -> None:
    """One mail per decision: the cause names its moment."""
    cause = f"{kind}:{body.pk}:{timezone.now():%Y%m%d%H%M%S}"
    outbox.add(kind, cause=cause, subject_id=body.pk, language=body.pledge.language)
