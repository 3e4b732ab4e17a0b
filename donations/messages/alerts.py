"""The mails that tell staff what cannot wait; each names its heap in the office, and no donor."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from blueheart.post.notices import Notice, declare
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from donations.models import (
    Dispute,
    Donation,
    FraudWarning,
    Payout,
    PublicGift,
    ReconciliationRun,
    Refund,
    RefundRequest,
    StripeEvent,
)

declare(
    Notice(
        "alert-refund-waiting", gettext_lazy("A refund waits for a second person"), readers="donations.approve_refund"
    ),
    Notice("alert-refund-request", gettext_lazy("A donor asks for a refund"), readers="donations.decide_refundrequest"),
    Notice(
        "alert-refund-stuck",
        gettext_lazy("A refund could not be made, or came back"),
        readers="donations.refund_donation",
    ),
    Notice("alert-dispute", gettext_lazy("A donor’s bank disputes a gift"), readers="donations.view_dispute"),
    Notice(
        "alert-fraud-warning",
        gettext_lazy("A card network holds a gift for fraud"),
        readers="donations.refund_donation",
    ),
    Notice(
        "alert-may-need-help",
        gettext_lazy("A donor may need help"),
        readers="donations.answer_for_help",
        must_be_sent=True,
    ),
    Notice("alert-payout-failed", gettext_lazy("A payout did not arrive at the bank"), readers="donations.view_payout"),
    Notice(
        "alert-instalment-overdue",
        gettext_lazy("An instalment of a promised gift is overdue"),
        readers="donations.record_promisepayment",
    ),
    Notice("alert-big-gift", gettext_lazy("A big gift has arrived"), readers="donations.view_donation"),
    Notice(
        "alert-event-shelved",
        gettext_lazy("Events of Stripe’s could not be processed"),
        readers="donations.process_stripeevent_again",
    ),
    Notice(
        "alert-reconciliation",
        gettext_lazy("The books and Stripe differ, or could not be compared"),
        readers="donations.view_reconciliationrun",
    ),
    Notice(
        "alert-card-testing",
        gettext_lazy("Somebody tests cards, and strict mode has come on"),
        readers="site_settings.switch_sitesetting",
    ),
)


@letter("alert-refund-waiting")
def refund_waits(message: Message) -> Letter | None:
    """Ask for a second person, while one is needed."""
    refund: Refund = Refund.objects.select_related("requested_by", "donation").get(pk=message.subject_id)
    if refund.status != Refund.Status.WAITING:
        return None
    asked_by = refund.requested_by.get_username() if refund.requested_by else ""
    said = [_("%(name)s asks to refund %(amount)s.") % {"name": asked_by, "amount": _amount(refund)}, refund.why]
    return to_staff(message, refund, _("A refund waits for a second person"), said)


@letter("alert-refund-request")
def refund_is_asked_for(message: Message) -> Letter | None:
    """Ask for a decision, while one is open."""
    wish = RefundRequest.objects.select_related("donation").get(pk=message.subject_id)
    if wish.status != RefundRequest.Status.OPEN:
        return None
    amount = format_amount(wish.amount_minor, wish.donation.currency, page_language())
    said = [_("The donor of %(gift)s would like %(amount)s back.") % {"gift": wish.donation, "amount": amount}]
    return to_staff(message, wish, _("A donor asks for a refund"), said)


@letter("alert-refund-stuck")
def refund_is_stuck(message: Message) -> Letter | None:
    """Say that a refund could not be made, or that its money came back."""
    refund: Refund = Refund.objects.select_related("donation").get(pk=message.subject_id)
    came_back = refund.status in (Refund.Status.FAILED, Refund.Status.CANCELED)
    if not came_back and not refund.shelved_at:
        return None
    headline = _("A refund came back") if came_back else _("A refund could not be made")
    said = [_("%(amount)s of %(gift)s") % {"amount": _amount(refund), "gift": refund.donation}]
    return to_staff(message, refund, headline, [*said, refund.failure_code or refund.reason])


@letter("alert-dispute")
def dispute_moves(message: Message) -> Letter | None:
    """Say where a dispute stands, and by when evidence is due."""
    dispute = Dispute.objects.select_related("donation").get(pk=message.subject_id)
    said = [
        _("%(amount)s of %(gift)s") % {"amount": _amount(dispute), "gift": dispute.donation},
        f"{dispute.get_status_display()} ({dispute.reason})",
    ]
    if dispute.status in Dispute.WANTS_RESPONSE and dispute.evidence_due_at:
        moment = f"{dispute.evidence_due_at:%Y-%m-%d %H:%M}"
        said.append(_("Evidence is due by %(moment)s (UTC), in Stripe’s dashboard.") % {"moment": moment})
    headline = _("A donor’s bank asks about a gift") if dispute.is_inquiry else _("A donor’s bank disputes a gift")
    return to_staff(message, dispute, headline if dispute.is_open else _("A dispute has ended"), said)


@letter("alert-fraud-warning")
def fraud_is_feared(message: Message) -> Letter | None:
    """Warn while something can be done."""
    warning = FraudWarning.objects.select_related("donation").get(pk=message.subject_id)
    if not warning.is_actionable:
        return None
    said = [
        _("%(amount)s of %(gift)s") % {"amount": _amount(warning.donation), "gift": warning.donation},
        _("A refund now spares a dispute and its fee."),
    ]
    return to_staff(message, warning, _("A card network holds a gift for fraud"), said)


@letter("alert-may-need-help")
def somebody_may_need_help(message: Message) -> Letter | None:
    """Ask to answer a donor with the helpline, while nobody has; the words themselves stay in the office."""
    gift = PublicGift.objects.may_need_help().filter(pk=message.subject_id).first()
    if gift is None:
        return None
    said = [_("Please write to the donor of %(gift)s with the helpline of their country.") % {"gift": gift}]
    return to_staff(message, gift, _("A donor may need help"), said)


@letter("alert-payout-failed")
def payout_failed(message: Message) -> Letter | None:
    """Say that a payout came back."""
    payout = Payout.objects.get(pk=message.subject_id)
    said = [_amount(payout), payout.failure_code, _("The money is back in the balance with Stripe.")]
    return to_staff(message, payout, _("A payout did not arrive at the bank"), said)


@letter("alert-big-gift")
def big_gift(message: Message) -> Letter | None:
    """Tell of a gift that deserves a word of thanks from a person; without the donor's name."""
    gift = Donation.objects.get(pk=message.subject_id)
    if gift.status != Donation.Status.SUCCEEDED:
        return None
    said = [_("%(amount)s: %(gift)s") % {"amount": _amount(gift), "gift": gift}]
    return to_staff(message, gift, _("A big gift has arrived"), said)


@letter("alert-event-shelved")
def event_is_shelved(message: Message) -> Letter | None:
    """Tell of an event that the worker gave up, while it lies there; the list has the others."""
    event = StripeEvent.objects.filter(pk=message.subject_id, status=StripeEvent.Status.SHELVED).first()
    if event is None:
        return None
    said = [event.type, event.reason, _("There may be more of them: the office’s home counts them.")]
    return to_staff(message, event, _("An event of Stripe’s could not be processed"), said)


@letter("alert-reconciliation")
def books_and_stripe_differ(message: Message) -> Letter | None:
    """Tell of a nightly comparison that found something, or could not be made."""
    run = ReconciliationRun.objects.get(pk=message.subject_id)
    headline = _("The books and Stripe could not be compared") if run.failure else _("The books and Stripe differ")
    return to_staff(message, run, headline, [run.failure])


def _amount(row: Donation | Refund | Dispute | Payout) -> str:
    return format_amount(row.amount_minor, row.currency, page_language())


@letter("alert-card-testing")
def cards_are_tested(message: Message) -> Letter | None:
    """Say why strict mode has come on by itself, and that nothing has to be done."""
    changed = SiteSettingChange.objects.get(pk=message.subject_id)
    said = [
        changed.why,
        _("Donors can give on. Strict mode ends by itself a quarter of an hour after the last such gift."),
        _("If it does not stop, stop gifts for a while, and have Stripe ask for 3-D Secure more often."),
    ]
    return to_staff(message, SiteSetting(key=changed.key), _("Somebody tests cards: strict mode has come on"), said)
