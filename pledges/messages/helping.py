"""Mails about supporters who may need help: to staff, who name nobody, and to the supporter."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from blueheart.post.notices import Notice, declare
from pledges.models import HeartReport, Pledge
from pledges.services import helping, quiet

declare(
    Notice(
        "alert-heart-may-need-help",
        gettext_lazy("A supporter may need help"),
        readers=helping.ANSWER,
        must_be_sent=True,
    ),
    Notice(
        "alert-heart-reported",
        gettext_lazy("A visitor says that somebody may need help"),
        readers=helping.ANSWER,
        must_be_sent=True,
    ),
)


@letter("alert-heart-may-need-help")
def somebody_may_need_help(message: Message) -> Letter | None:
    """Ask to answer a supporter with the helpline, while nobody has; their words stay in the office."""
    pledge = Pledge.objects.may_need_help().filter(pk=message.subject_id).first()
    if pledge is None:
        return None
    said = [_("Please answer the supporter of %(heart)s with the helpline of their country.") % {"heart": pledge}]
    return to_staff(message, pledge, _("A supporter may need help"), said)


@letter("alert-heart-reported")
def a_visitor_thinks_so(message: Message) -> Letter | None:
    """Ask to look at once at a heart of which a visitor says that somebody may need help."""
    report = HeartReport.objects.select_related("pledge").filter(pk=message.subject_id, settled_at=None).first()
    if report is None:
        return None
    said = [_("A visitor reported heart %(heart)s. Please look at it now.") % {"heart": report.pledge}]
    return to_staff(message, report, _("A visitor says that somebody may need help"), said)


@letter("pledge-help")
def here_is_your_helpline(message: Message) -> Letter | None:
    """Kind words and the helplines that work in the supporter's country, as the help page has them."""
    pledge = Pledge.objects.filter(pk=message.subject_id, hidden_reason=Pledge.Hidden.MAY_NEED_HELP).first()
    if pledge is None or not quiet.may_write(pledge.email):
        return None
    context = {
        "helplines": helping.helplines_for(pledge),
        "country": pledge.country,
        "help_page": site_url(reverse("campaigns:help")),
    }
    return Letter(to=pledge.email, context=context)
