"""Hearts that visitors reported; where somebody may need help comes first."""

from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url
from blueheart.moderation.queues import Act, Done, Item, Queue, Said
from pledges.models import HeartReport, Pledge
from pledges.queues.supporters import MODERATE, WARNS, earlier_of, facts_of, name_of
from pledges.services import helping, moderation

SETTLED, HIDDEN = "settled", "hidden"
HELP_FIRST = Case(When(reason=HeartReport.Reason.MAY_NEED_HELP, then=Value(0)), default=Value(1))
WHY = [choice for choice in Pledge.Hidden.choices if choice[0] != Pledge.Hidden.MAY_NEED_HELP]


def _locked(pk: int) -> HeartReport | None:
    Pledge.objects.select_for_update().filter(pk__in=HeartReport.objects.filter(pk=pk).values("pledge")).first()
    rows = HeartReport.objects.select_for_update(of=("self",)).select_related("pledge__campaign")
    return rows.filter(pk=pk).first()


def _shown(report: HeartReport) -> Item:
    pledge = report.pledge
    said = [Said(_("In the visitor’s words"), report.words)] if report.words else []
    if pledge.words:
        said.append(Said(_("Words of the heart"), pledge.words, pledge.language))
    return Item(
        url=admin_url(report, "decide"),
        said=said,
        facts=[
            (_("What is wrong"), report.get_reason_display()),
            (_("Words now"), pledge.get_words_status_display()),
            (_("Hidden"), pledge.get_hidden_reason_display() or _("no")),
            *facts_of(pledge),
        ],
        earlier=earlier_of(pledge),
    )


def _settle(report: HeartReport, _reason: str, request: HttpRequest) -> Done | None:
    return Done(SETTLED) if moderation.settle_report(report_id=report.pk, request=request) else None


def _hide(report: HeartReport, reason: str, request: HttpRequest) -> Done:
    """What was hidden before stays so when this is taken back: its supporter may have wished it."""
    was_hidden = report.pledge.hidden_at is not None
    moderation.hide_pledge(pledge_id=report.pledge_id, reason=reason, request=request)
    moderation.settle_report(report_id=report.pk, request=request)
    return Done("" if was_hidden else HIDDEN)


def _needs_help(report: HeartReport, _reason: str, request: HttpRequest) -> Done:
    helping.may_need_help(pledge_id=report.pledge_id, request=request)
    moderation.settle_report(report_id=report.pk, request=request)
    return Done()


def _undo(report: HeartReport, how: str, request: HttpRequest) -> bool:
    if how == HIDDEN:
        moderation.unhide_pledge(pledge_id=report.pledge_id, request=request)
    return moderation.reopen_report(report_id=report.pk, request=request)


QUEUE = Queue(
    name="reported-hearts",
    label=_("Hearts that visitors reported"),
    one=_("Heart %(name)s"),
    name_of=lambda report: name_of(report.pledge),
    about=_("A reported heart stays as it is until you have looked."),
    permissions=[MODERATE],
    rows=lambda: HeartReport.objects.filter(settled_at=None).select_related("pledge__campaign")
    .order_by(HELP_FIRST, "pk"),
    since="created_at",
    shown=_shown,
    state=lambda report: (
        report.settled_at, report.pledge.public_name, report.pledge.words, report.pledge.words_status,
        report.pledge.hidden_reason,
    ),
    locked=_locked,
    acts=[
        Act("approve", "A", _("Leave the heart as it is"), _("You left heart %(name)s as it is."), _settle,
            is_default=True),
        Act("refuse", "R", _("Hide the heart"), _("You hid heart %(name)s."), _hide, reasons=WHY),
        Act("help", "H", _("May need help"),
            _("You found that the supporter of heart %(name)s may need help. Whoever answers for help was told."),
            _needs_help, warns=WARNS),
    ],
    undo=_undo,
)  # fmt: skip
