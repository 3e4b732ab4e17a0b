"""What of donors waits for staff, in the shape in which the office works it off: `blueheart.moderation.queues`.

Neither an address nor an amount is shown: who moderates needs to see none.
"""

from typing import Any

from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url
from blueheart.moderation.queues import Act, Done, Earlier, Item, Queue, Said, Words
from blueheart.trail.models import Entry
from donations.models import Donation, GiftReport, PublicGift
from donations.services import gift_reports, moderation
from donations.services.monthly_gifts import lock_charge

MODERATE = "donations.moderate_donation"
AGAIN, SETTLED, NAME, WORDS = "again", "settled", "name", "words"
MOST_EARLIER, MOST_GIFTS = 10, 50
HELP = Donation.NotShown.MAY_NEED_HELP
WHY = [choice for choice in Donation.NotShown.choices if choice[0] != HELP]
HELP_FIRST = Case(When(reason=GiftReport.Reason.MAY_NEED_HELP, then=Value(0)), default=Value(1))
WARNS = _(
    "Nothing of this gift is published any more: neither name nor words. Whoever answers for help is told by mail at "
    "once. This cannot be taken back."
)
DECISIONS: dict[str, Words] = {
    "donation.words-published": _("words published"),
    "donation.words-declined": _("words declined"),
    "donation.name-hidden": _("name hidden"),
    "donation.name-shown": _("name shown again"),
}
REASONS: dict[str, Any] = dict(Donation.NotShown.choices)


def _earlier(gift: Donation) -> list[Earlier]:
    """What staff decided before on gifts of the same donor, the newest first; two queries."""
    keys = Donation.objects.filter(donor=gift.donor_id).order_by("-pk").values_list("pk", flat=True)[:MOST_GIFTS]
    about = Entry.objects.filter(
        target_type="donations.donation", target_id__in=[str(pk) for pk in keys], action__in=DECISIONS
    )
    newest = about.select_related("actor").order_by("-pk")[:MOST_EARLIER]
    return [Earlier(entry.at, str(entry.actor or "–"), _told(entry)) for entry in newest]


def _told(entry: Entry) -> str:
    what = str(DECISIONS[entry.action])
    return f"{what}: {REASONS[entry.why]}" if entry.why in REASONS else what


def _facts(gift: Donation) -> list[tuple[Words, Any]]:
    return [
        (_("Public name"), gift.public_name),
        (_("Name hidden"), gift.get_name_hidden_for_display() or (_("yes") if gift.public_name_hidden else _("no"))),
        (_("Language"), f"{gift.get_language_display()} ({gift.language})"),
        (_("Campaign"), gift.campaign or "–"),
    ]


def _shown_words(gift: Donation) -> Item:
    return Item(
        url=admin_url(PublicGift(pk=gift.pk)),
        said=[Said(_("Words"), gift.words, gift.language)],
        facts=_facts(gift),
        earlier=_earlier(gift),
    )


def _publish(gift: Donation, _reason: str, request: HttpRequest) -> Done | None:
    return Done(AGAIN) if moderation.publish_words(donation_id=gift.pk, request=request) else None


def _decline(gift: Donation, reason: str, request: HttpRequest) -> Done | None:
    return Done(AGAIN) if moderation.decline_words(donation_id=gift.pk, reason=reason, request=request) else None


def _words_need_help(gift: Donation, _reason: str, request: HttpRequest) -> Done | None:
    return Done() if moderation.decline_words(donation_id=gift.pk, reason=HELP, request=request) else None


def _read_again(gift: Donation, _how: str, request: HttpRequest) -> bool:
    return moderation.read_words_again(donation_id=gift.pk, request=request)


def _locked_gift(pk: int) -> Donation | None:
    """Behind the lock of its monthly gift, as whoever books a charge takes it."""
    return lock_charge(pk) if Donation.objects.filter(pk=pk).exists() else None


DONOR_WORDS = Queue(
    name="donor-words",
    label=_("Words of donors"),
    one=_("Gift %(name)s"),
    name_of=lambda gift: str(gift.public_id),
    about=_("Words that donors want on the donor wall. Nobody sees them before you have read them."),
    permissions=[MODERATE],
    rows=lambda: PublicGift.objects.with_words_to_read().select_related("campaign").order_by("pk"),
    since="succeeded_at",
    shown=_shown_words,
    state=lambda gift: (gift.public_name, gift.words, gift.words_status, gift.words_declined_for),
    locked=_locked_gift,
    acts=[
        Act("approve", "A", _("Approve"), _("You published the words of gift %(name)s."), _publish, is_default=True),
        Act("refuse", "R", _("Refuse"), _("You declined the words of gift %(name)s."), _decline, reasons=WHY),
        Act("help", "H", _("May need help"),
            _("You found that the donor of gift %(name)s may need help. Whoever answers for help was told."),
            _words_need_help, warns=WARNS),
    ],
    undo=_read_again,
)  # fmt: skip


def _locked_report(pk: int) -> GiftReport | None:
    donation_id = GiftReport.objects.filter(pk=pk).values_list("donation_id", flat=True).first()
    if donation_id is None:
        return None
    gift = lock_charge(donation_id)
    report = GiftReport.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if report:
        report.donation = gift
    return report


def _shown_report(report: GiftReport) -> Item:
    gift = report.donation
    said = [Said(_("In the visitor’s words"), report.words)] if report.words else []
    if gift.words:
        said.append(Said(_("Words of the donor"), gift.words, gift.language))
    return Item(
        url=admin_url(PublicGift(pk=gift.pk)),
        said=said,
        facts=[
            (_("What is wrong"), report.get_reason_display()),
            (_("Words now"), gift.get_words_status_display()),
            *_facts(gift),
        ],
        earlier=_earlier(gift),
    )


def _leave(report: GiftReport, _reason: str, request: HttpRequest) -> Done | None:
    return Done(SETTLED) if gift_reports.settle_report(report_id=report.pk, request=request) else None


def _hide(report: GiftReport, reason: str, request: HttpRequest) -> Done:
    """Keep what the public sees from it, and remember what that was."""
    about: dict[str, Any] = {"donation_id": report.donation_id, "reason": reason, "request": request}
    was = report.donation
    hidden = []
    if was.shown_words and moderation.decline_words(**about):
        hidden.append(WORDS)
    if was.shown_name and moderation.hide_name(**about):
        hidden.append(NAME)
    gift_reports.settle_report(report_id=report.pk, request=request)
    return Done(" ".join([SETTLED, *hidden]))


def _report_needs_help(report: GiftReport, _reason: str, request: HttpRequest) -> Done | None:
    about: dict[str, Any] = {"donation_id": report.donation_id, "reason": HELP, "request": request}
    if report.donation.may_need_help_at is None:
        done = moderation.decline_words(**about) or moderation.hide_name(**about)
        if not done:
            return None
    gift_reports.settle_report(report_id=report.pk, request=request)
    return Done()


def _undo_report(report: GiftReport, how: str, request: HttpRequest) -> bool:
    about: dict[str, Any] = {"donation_id": report.donation_id, "request": request}
    if WORDS in how.split():
        moderation.publish_words(**about)
    if NAME in how.split():
        moderation.show_name(**about)
    return gift_reports.reopen_report(report_id=report.pk, request=request)


REPORTED_GIFTS = Queue(
    name="reported-gifts",
    label=_("Gifts that visitors reported"),
    one=_("Gift %(name)s"),
    name_of=lambda report: str(report.donation.public_id),
    about=_("A reported gift stays on the donor wall as it is until you have looked."),
    permissions=[MODERATE],
    rows=lambda: GiftReport.objects.filter(settled_at=None).select_related("donation__campaign")
    .order_by(HELP_FIRST, "pk"),
    since="created_at",
    shown=_shown_report,
    state=lambda report: (
        report.settled_at, report.donation.public_name, report.donation.public_name_hidden, report.donation.words,
        report.donation.words_status,
    ),
    locked=_locked_report,
    acts=[
        Act("approve", "A", _("Leave the gift as it is"), _("You left gift %(name)s as it is."), _leave,
            is_default=True),
        Act("refuse", "R", _("Hide name and words"), _("You hid what gift %(name)s showed."), _hide, reasons=WHY),
        Act("help", "H", _("May need help"),
            _("You found that the donor of gift %(name)s may need help. Whoever answers for help was told."),
            _report_needs_help, warns=WARNS),
    ],
    undo=_undo_report,
)  # fmt: skip

QUEUES = [REPORTED_GIFTS, DONOR_WORDS]
