"""The acts on promised gifts: what each page shows, asks for and does."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from donations.admin.acts import ActPage, Button, Words, linked, staff
from donations.admin.money import shown_amount
from donations.forms.promised_gifts import AmountForm, PromiseForm, ScheduleForm
from donations.instalments import Planned
from donations.models import Contributor, Instalment, PromisedGift, PromisePayment
from donations.services import promise_payments, promised_gifts
from donations.services.promise_payments import PaymentError

RECORD = "donations.record_promisedgift"
WRITE_OFF = "donations.write_off_promisedgift"
PAY = "donations.record_promisepayment"
Facts = list[tuple[Words, Any]]


def recording(
    admin: ModelAdmin[Any], request: HttpRequest, contributor: Contributor, form: PromiseForm, made: list[PromisedGift]
) -> ActPage:
    """A promise with its instalments, shown once more before it is booked and put into `made`."""

    def save(_given: dict[str, Any]) -> str:
        made.append(
            promised_gifts.record_promised_gift(
                contributor=contributor, by=staff(request), request=request, **form.promise()
            )
        )
        return _("The promised gift is recorded.")

    def summary(given: dict[str, Any]) -> Facts:
        return [
            (_("Amount"), shown_amount(given["amount_minor"], given["currency"])),
            (_("Promised on"), date_format(given["promised_on"])),
            (_("For"), given["campaign"] or _("The Trust Fund in general")),
            (_("Document"), given["document"]),
            (_("Instalments"), shown_plan(given["instalments"], given["currency"])),
        ]

    buttons = [Button("record", _("Record"), save, is_default=True)]
    last_word = _("Contributor and currency stay as they are; amount and instalments can be changed later.")
    facts: Facts = [
        (_("Contributor"), contributor.name_in(page_language())),
        (_("Kind"), contributor.get_kind_display()),
    ]
    return ActPage(admin, contributor, _("Record a promised gift"), facts, buttons, summary, last_word)


def changing_amount(admin: ModelAdmin[Any], request: HttpRequest, promise: PromisedGift, form: AmountForm) -> ActPage:
    """Another amount; what was paid stays."""

    def change(given: dict[str, Any]) -> str:
        promised_gifts.change_amount(
            promise, amount_minor=given["amount"], due_on=given["due_on"], by=staff(request), why=given["why"],
            form_token=given["form_token"], request=request,
        )  # fmt: skip
        return _("The amount is changed.")

    def summary(given: dict[str, Any]) -> Facts:
        difference = given["amount"] - promise.amount_minor
        return [
            (_("New amount"), shown_amount(given["amount"], promise.currency)),
            (_("Difference"), shown_amount(difference, promise.currency)),
            (_("Why"), given["why"]),
        ]

    buttons = [Button("change", _("Change the amount"), change, is_default=True)]
    last_word = _("The difference is spread over what is outstanding, in proportion; what was paid stays.")
    return ActPage(admin, promise, _("Change the amount"), facts_of(promise), buttons, summary, last_word)


def changing_schedule(
    admin: ModelAdmin[Any], request: HttpRequest, promise: PromisedGift, form: ScheduleForm
) -> ActPage:
    """Other instalments for what is outstanding."""

    def change(given: dict[str, Any]) -> str:
        promised_gifts.change_schedule(
            promise, instalments=given["instalments"], by=staff(request), why=given["why"],
            form_token=given["form_token"], request=request,
        )  # fmt: skip
        return _("The instalments are changed.")

    def summary(given: dict[str, Any]) -> Facts:
        return [
            (_("Outstanding"), shown_amount(form.outstanding_minor, promise.currency)),
            (_("New instalments"), shown_plan(given["instalments"], promise.currency)),
            (_("Why"), given["why"]),
        ]

    buttons = [Button("change", _("Change the instalments"), change, is_default=True)]
    last_word = _("Instalments of which something was paid stay with just that.")
    return ActPage(admin, promise, _("Change the instalments"), facts_of(promise), buttons, summary, last_word)


def writing_off(admin: ModelAdmin[Any], request: HttpRequest, promise: PromisedGift) -> ActPage:
    """Give up what is outstanding: a loss."""

    def give_up(given: dict[str, Any]) -> str:
        promised_gifts.write_off(
            promise, instalment=given["instalment"], by=staff(request), why=given["why"],
            form_token=given["form_token"], request=request,
        )  # fmt: skip
        return _("It is written off.")

    def summary(given: dict[str, Any]) -> Facts:
        chosen: Instalment | None = given["instalment"]
        rows = [chosen] if chosen else promise.instalments.all()
        amount_minor = sum(row.outstanding_minor for row in rows)
        return [
            (_("To be written off"), shown_amount(amount_minor, promise.currency)),
            (_("Instalment"), chosen.number if chosen else _("all that is outstanding")),
            (_("Why"), given["why"]),
        ]

    buttons = [Button("write-off", _("Write off"), give_up, is_default=True)]
    last_word = _("It is booked as a loss: what was promised stays promised. It cannot be undone.")
    return ActPage(admin, promise, _("Write off"), facts_of(promise), buttons, summary, last_word)


def cancelling(admin: ModelAdmin[Any], request: HttpRequest, promise: PromisedGift) -> ActPage:
    """Nothing more comes, for the contributor said so."""

    def cancel(given: dict[str, Any]) -> str:
        promised_gifts.cancel(
            promise, by=staff(request), why=given["why"], form_token=given["form_token"], request=request
        )
        return _("The rest of the promise is cancelled.")

    def summary(given: dict[str, Any]) -> Facts:
        amount_minor = sum(row.outstanding_minor for row in promise.instalments.all())
        return [(_("To be cancelled"), shown_amount(amount_minor, promise.currency)), (_("Why"), given["why"])]

    buttons = [Button("cancel", _("Cancel the rest"), cancel, is_default=True)]
    last_word = _("Less is promised from then on, and no loss is booked. It cannot be undone.")
    return ActPage(admin, promise, _("Cancel the rest"), facts_of(promise), buttons, summary, last_word)


def reversing(admin: ModelAdmin[Any], request: HttpRequest, payment: PromisePayment) -> ActPage:
    """Take a payment back."""

    def reverse(given: dict[str, Any]) -> str:
        check()
        promise_payments.reverse_payment(payment, by=staff(request), why=given["why"], request=request)
        return _("The payment is reversed. What it settled is outstanding again.")

    def check() -> None:
        if promise_payments.is_matched(payment):
            raise PaymentError(_("A line of a bank statement is matched with this payment: undo the match instead."))

    def summary(given: dict[str, Any]) -> Facts:
        check()
        return [
            (_("To be reversed"), shown_amount(payment.amount_minor, payment.currency)),
            (_("Why"), given["why"]),
        ]

    facts: Facts = [
        (_("Contributor"), payment.contributor.name_in(page_language())),
        (_("Received"), shown_amount(payment.amount_minor, payment.currency)),
        (_("Received on"), date_format(payment.received_on)),
        (_("By"), payment.get_method_display()),
        (_("Status"), payment.get_status_display()),
    ]
    buttons = [Button("reverse", _("Reverse"), reverse, is_default=True)]
    return ActPage(admin, payment, _("Reverse a payment"), facts, buttons, summary, _("It cannot be undone."))


def facts_of(promise: PromisedGift) -> Facts:
    """What everybody has to see who changes this promise."""
    rows = list(promise.instalments.all())
    return [
        (_("Contributor"), promise.contributor.name_in(page_language())),
        (_("Promised gift"), linked(promise)),
        (_("Promised"), shown_amount(promise.amount_minor, promise.currency)),
        (_("Paid"), shown_amount(sum(row.paid_minor for row in rows), promise.currency)),
        (_("Written off"), shown_amount(sum(row.written_off_minor for row in rows), promise.currency)),
        (_("Cancelled"), shown_amount(sum(row.cancelled_minor for row in rows), promise.currency)),
        (_("Outstanding"), shown_amount(sum(row.outstanding_minor for row in rows), promise.currency)),
    ]


def shown_plan(plan: Sequence[Planned], currency: str) -> str:
    """The instalments as a list, each with its day and amount."""
    rows = ((date_format(each.due_on), shown_amount(each.amount_minor, currency)) for each in plan)
    return format_html_join("", "<div>{} · <bdi>{}</bdi></div>", rows)
