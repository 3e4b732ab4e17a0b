"""The mail that tells staff of suspected pledges nobody has looked at."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from blueheart.post.notices import Notice, declare
from pledges.models import SuspectedPledge
from pledges.services.suspicion import REVIEW_WITHIN, TELL_AFTER

declare(Notice("alert-suspected", gettext_lazy("Suspected pledges wait for review"), readers="pledges.release_pledge"))


@letter("alert-suspected")
def suspected_pledges_wait(message: Message) -> Letter | None:
    """Ask for a review while any waits for five days; it leads to the oldest."""
    now = timezone.now()
    old = SuspectedPledge.objects.suspected().filter(suspected_at__lt=now - TELL_AFTER)
    oldest = old.order_by("suspected_at").first()
    if oldest is None or oldest.suspected_at is None:
        return None
    count = old.count()
    days = (now - oldest.suspected_at).days
    said = [
        ngettext(
            "%(count)d pledge has been suspected for more than five days.",
            "%(count)d pledges have been suspected for more than five days.",
            count,
        )
        % {"count": count},
        ngettext("The oldest waits for %(days)d day.", "The oldest waits for %(days)d days.", days) % {"days": days},
        _("Release them, or open a case: nothing decides it but a person, within seven days."),
    ]
    late = oldest.suspected_at < now - REVIEW_WITHIN
    headline = _("Suspected pledges are overdue for review") if late else _("Suspected pledges wait for review")
    return to_staff(message, oldest, headline, said)
