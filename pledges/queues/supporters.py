"""What every queue shows of a supporter: the heart, its country and language, and what was decided before."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.languages import country_name, page_language
from blueheart.moderation.models import Report
from blueheart.moderation.queues import Act, Done, Earlier, Words
from blueheart.trail.models import Entry
from pledges.models import HeartPhoto, Pledge
from pledges.services import helping

MODERATE = "pledges.moderate_pledge"
MOST_EARLIER = 10
MOST_HEARTS = 50  # of one mailbox, of which earlier decisions are looked for
WHY_WORDS = [choice for choice in Report.Reason.choices if choice[0] != Report.Reason.MAY_NEED_HELP]
WARNS = _(
    "Nothing of this supporter is published any more: neither heart nor words nor photo. Whoever answers for help is "
    "told by mail at once. This cannot be taken back."
)
DECISIONS: dict[str, Words] = {
    "pledge.words-approved": _("words approved"),
    "pledge.words-refused": _("words refused"),
    "pledge.hidden": _("heart hidden"),
    "pledge.unhidden": _("heart shown again"),
    "pledge.suspected": _("suspected"),
    "pledge.released": _("released"),
    "pledge.may-need-help": _("may need help"),
    "pledge-answer.words-approved": _("words of an answer approved"),
    "pledge-answer.words-refused": _("words of an answer refused"),
    "heart-photo.approved": _("photo approved"),
    "heart-photo.refused": _("photo refused"),
}
REASONS: dict[str, Any] = {
    **dict(Report.Reason.choices),
    **dict(HeartPhoto.Refusal.choices),
    **dict(Pledge.Hidden.choices),
}


def name_of(pledge: Pledge) -> str:
    """How a queue names a heart: by its number."""
    return str(pledge.number or pledge.public_id)


def facts_of(pledge: Pledge) -> list[tuple[Words, Any]]:
    """What is told of every heart. Reads its campaign."""
    return [
        (_("Public name"), pledge.public_name),
        (_("Country"), country_name(pledge.country, page_language())),
        (_("Language"), f"{pledge.get_language_display()} ({pledge.language})"),
        (_("Campaign"), pledge.campaign),
    ]


def earlier_of(pledge: Pledge) -> list[Earlier]:
    """What staff decided before on hearts of the same mailbox, the newest first; two queries."""
    same = Pledge.objects.filter(pk=pledge.pk)
    if pledge.canonical_email:
        same = Pledge.objects.of_address(pledge.canonical_email)
    keys = list(same.order_by("-pk").values_list("pk", "photo__pk", "fulfilment__pk")[:MOST_HEARTS])
    kinds = ("pledges.pledge", "pledges.heartphoto", "pledges.fulfilment")
    entries = Entry.objects.none()
    for position, kind in enumerate(kinds):
        targets = [str(key[position]) for key in keys if key[position]]
        entries = entries | Entry.objects.filter(target_type=kind, target_id__in=targets, action__in=DECISIONS)
    newest = entries.select_related("actor").order_by("-pk")[:MOST_EARLIER]
    return [Earlier(entry.at, str(entry.actor or "–"), _told(entry)) for entry in newest]


def needs_help(pledge_id: int, request: HttpRequest) -> Done:
    """Publish nothing of this supporter and have who answers for help told; for good."""
    helping.may_need_help(pledge_id=pledge_id, request=request)
    return Done()


def help_act(pledge_of: Any) -> Act:
    """The act of every queue about a supporter that is asked once more and never taken back."""
    return Act(
        name="help",
        key="H",
        label=_("May need help"),
        past=_("You found that the supporter of heart %(name)s may need help. Whoever answers for help was told."),
        do=lambda row, _reason, request: needs_help(pledge_of(row), request),
        warns=WARNS,
    )


def _told(entry: Entry) -> str:
    what = str(DECISIONS[entry.action])
    return f"{what}: {REASONS[entry.why]}" if entry.why in REASONS else what
