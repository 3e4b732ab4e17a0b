"""The acts on a grant: what each page shows, asks for and does."""

import datetime as dt
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.languages import country_name, page_language
from campaigns.printing import when
from donations.admin.acts import ActPage, Button, Words, linked, staff
from donations.admin.money import shown_amount
from donations.forms.grants import PaymentForm, ProposalForm
from donations.models import Grant, GrantPayment, Organisation
from donations.services import grants

PROPOSE = "donations.propose_grant"
SIGN = "donations.sign_grant"
PAY = "donations.pay_grant"
Facts = list[tuple[Words, Any]]


def proposing(
    admin: ModelAdmin[Any], request: HttpRequest, organisation: Organisation, form: ProposalForm, made: list[Grant]
) -> ActPage:
    """A grant for one organisation, shown once more before it goes to the two persons; put into `made`."""

    def propose(_given: dict[str, Any]) -> str:
        given = form.proposal()
        made.append(grants.propose_grant(organisation=organisation, by=staff(request), request=request, **given))
        return _("The grant waits for two signatures.")

    def summary(given: dict[str, Any]) -> Facts:
        return [
            (_("Amount"), shown_amount(given["amount_minor"], given["currency"])),
            (_("Purpose"), given["purpose"]),
            (_("Country of the work"), country_name(given["country"], page_language())),
            (_("Period"), _period(given["starts_on"], given["ends_on"])),
            (_("Why"), given["why"]),
        ]

    buttons = [Button("propose", _("Propose"), propose, is_default=True)]
    last_word = _("Organisation, amount and currency stay as they are: a wrong proposal is declined.")
    return ActPage(
        admin, organisation, _("Propose a grant"), _facts_of_organisation(organisation), buttons, summary, last_word
    )


def signing(admin: ModelAdmin[Any], request: HttpRequest, grant: Grant) -> ActPage:
    """Sign or decline; the second signature approves."""

    def sign(_given: dict[str, Any]) -> str:
        signed = grants.sign_grant(grant, by=staff(request), request=request)
        if signed.status == Grant.Status.APPROVED:
            return _("Both signatures are there: the grant is approved and may be paid.")
        return _("Signed. Now another person has to.")

    def decline(given: dict[str, Any]) -> str:
        grants.decline_grant(grant, by=staff(request), why=given["why"], request=request)
        return _("The grant is declined.")

    buttons = [Button("sign", _("Sign"), sign, is_default=True), Button("decline", _("Decline"), decline)]
    return ActPage(admin, grant, _("Sign or decline a grant"), _facts_of(grant), buttons)


def closing(admin: ModelAdmin[Any], request: HttpRequest, grant: Grant) -> ActPage:
    """End a grant; what is left of it stays in the Fund."""

    def close(given: dict[str, Any]) -> str:
        grants.close_grant(grant, by=staff(request), why=given["why"], request=request)
        return _("The grant is closed.")

    facts = [*_facts_of(grant), *_facts_of_money(grant)]
    buttons = [Button("close", _("Close"), close, is_default=True)]
    return ActPage(
        admin, grant, _("Close a grant"), facts, buttons, lambda given: [(_("Why"), given["why"])],
        _("A closed grant is never paid again; money may still come back."),
    )  # fmt: skip


def paying(admin: ModelAdmin[Any], request: HttpRequest, grant: Grant, form: PaymentForm) -> ActPage:
    """Record what left our bank. That the books hold less there is said, and forbids nothing: the bank knows better."""

    def pay(_given: dict[str, Any]) -> str:
        grants.record_grant_payment(grant, by=staff(request), request=request, **form.payment())
        return _("The payment is booked.")

    def summary(given: dict[str, Any]) -> Facts:
        return [*_summary(grant, form), *_warnings(grant, given)]

    facts = [*_facts_of(grant), *_facts_of_money(grant)]
    buttons = [Button("pay", _("Record the payment"), pay, is_default=True)]
    return ActPage(admin, grant, _("Record a payment of a grant"), facts, buttons, summary, _stays())


def returning(admin: ModelAdmin[Any], request: HttpRequest, grant: Grant, form: PaymentForm) -> ActPage:
    """Record what came back to our bank."""

    def give_back(_given: dict[str, Any]) -> str:
        grants.record_grant_return(grant, by=staff(request), request=request, **form.payment())
        return _("The money that came back is booked.")

    def summary(given: dict[str, Any]) -> Facts:
        return [*_summary(grant, form), (_("Why it came back"), given["why"])]

    facts = [*_facts_of(grant), *_facts_of_money(grant)]
    buttons = [Button("return", _("Record what came back"), give_back, is_default=True)]
    return ActPage(admin, grant, _("Record money of a grant that came back"), facts, buttons, summary, _stays())


def reversing(admin: ModelAdmin[Any], request: HttpRequest, payment: GrantPayment) -> ActPage:
    """Take back a wrong record by its contrary."""
    grant = payment.grant

    def take_back(given: dict[str, Any]) -> str:
        grants.reverse_grant_payment(payment, by=staff(request), why=given["why"], request=request)
        return _("It is reversed; the books keep both.")

    facts: Facts = [
        (_("What was recorded"), payment.get_kind_display()),
        (_("Amount"), shown_amount(payment.amount_minor, grant.currency)),
        (_("Moved by our bank"), shown_amount(payment.moved_minor, payment.moved_currency)),
        (_("Day"), when(payment.happened_on)),
        (_("Recorded by"), payment.recorded_by),
        *_facts_of(grant),
    ]
    if payment.bank_matches.standing().exists():
        undo = _("A bank line is matched with this: undo that match, and it is reversed with it.")
        facts.append((_("Please check"), undo))
    buttons = [Button("reverse", _("Reverse"), take_back, is_default=True)]
    return ActPage(admin, payment, _("Reverse what was recorded wrongly"), facts, buttons,
                   lambda given: [(_("Why"), given["why"])], "")  # fmt: skip


def _stays() -> str:
    return _("It is booked at once. A wrong record is reversed, and both stay in the books.")


def _summary(grant: Grant, form: PaymentForm) -> Facts:
    given = form.payment()
    return [
        (_("Counts towards the grant"), shown_amount(given["amount_minor"], grant.currency)),
        (_("Moved by our bank"), shown_amount(given["moved_minor"], given["moved_currency"])),
        (_("Day"), when(given["happened_on"])),
        (_("Reference of the bank"), given["reference"]),
    ]


def _warnings(grant: Grant, given: dict[str, Any]) -> Facts:
    """What should make a person look twice."""
    warnings: Facts = []
    currency = given["moved_currency"]
    balance_minor = grants.bank_balance_minor(currency)
    if given["moved_minor"] > balance_minor:
        shown = shown_amount(balance_minor, currency)
        warnings.append((_("Please check"), _("The books hold only %(balance)s at the bank.") % {"balance": shown}))
    if grant.approved_on and given["happened_on"] < grant.approved_on:
        warnings.append((_("Please check"), _("On this day the grant was not approved yet.")))
    return warnings


def _facts_of_organisation(organisation: Organisation) -> Facts:
    return [
        (_("Organisation"), linked(organisation)),
        (_("Country"), country_name(organisation.country, page_language())),
        (_("Named in public"), _("yes") if organisation.is_public else _("no: only its country is shown")),
    ]


def _facts_of(grant: Grant) -> Facts:
    """What everybody has to see who signs or pays."""
    return [
        (_("Grant"), linked(grant)),
        *_facts_of_organisation(grant.organisation),
        (_("Country of the work"), country_name(grant.country, page_language())),
        (_("Purpose"), grant.purpose),
        (_("Amount"), shown_amount(grant.amount_minor, grant.currency)),
        (_("Period"), _period(grant.starts_on, grant.ends_on)),
        (_("Proposed by"), grant.proposed_by),
        (_("Why"), grant.why),
        (_("First signature"), grant.first_signed_by),
        (_("Second signature"), grant.second_signed_by),
        (_("Status"), grant.get_status_display()),
    ]


def _facts_of_money(grant: Grant) -> Facts:
    money = grants.money_of(grant)
    return [
        (_("Paid"), shown_amount(money.paid_minor, grant.currency)),
        (_("Came back"), shown_amount(money.returned_minor, grant.currency)),
        (_("Left to be paid"), shown_amount(money.left_minor, grant.currency)),
    ]


def _period(starts_on: dt.date, ends_on: dt.date) -> str:
    return _("%(begins)s to %(ends)s") % {"begins": when(starts_on), "ends": when(ends_on)}
