"""Gifts that did not come through Stripe, at the desk: recorded and reversed, each after a second look."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donations.admin.acts import ActPage, Button, Words, answer, require, staff
from donations.admin.money import shown_amount
from donations.forms.offline_gifts import OfflineGiftForm, ReversalForm
from donations.models import Donation, Donor, PublicName
from donations.services.offline_gifts import record_gift_of, reverse_offline_gift

RECORD = "donations.record_offline_gift"
ReversedFor = Donation.ReversedFor
GIFT = (
    "amount_minor", "currency", "method", "received_on", "campaign", "in_kind", "reference", "receipt_name",
    "public_name", "public_name_kind", "is_amount_shown", "is_16_or_older", "form_token",
)  # fmt: skip


def record_gift(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponse:
    """Record a gift by bank, cheque, cash or in kind, of somebody known or new."""
    require(request, RECORD)
    form = OfflineGiftForm(request.POST or None)
    made: list[Donation] = []

    def act(given: dict[str, Any]) -> str:
        made.append(_record(request, form.donor, given))
        return _("The gift is recorded, and its receipt is on its way.")

    page = ActPage(
        model_admin,
        Donation(),
        _("Record a gift"),
        [(_("What it is for"), _("Gifts that did not come through Stripe"))],
        [Button("record", _("Record"), act, is_default=True)],
        summary=lambda given: _summary(form.donor, given),
        last_word=gettext_lazy("It is booked at once. A wrong one can be reversed."),
    )
    return answer(page, request, form, then=lambda: made[0])


def reverse_gift(request: HttpRequest, model_admin: ModelAdmin[Any], donation: Donation) -> HttpResponse:
    """Take a recorded gift out of the books again: a cheque bounced, it was sent back, or never was."""
    require(request, RECORD)

    def act(given: dict[str, Any]) -> str:
        reverse_offline_gift(
            donation, by=staff(request), why=given["why"], reversed_for=given["reversed_for"], request=request
        )
        return _("The gift is reversed, and its receipt becomes void.")

    page = ActPage(
        model_admin,
        donation,
        _("Reverse a gift"),
        _facts_of(donation),
        [Button("reverse", _("Reverse"), act, is_default=True)],
        summary=lambda given: [
            (_("What happened"), ReversedFor(given["reversed_for"]).label),
            (_("Why"), given["why"]),
        ],
        last_word=gettext_lazy("It is booked at once, and cannot be undone: the gift would be recorded anew."),
    )
    return answer(page, request, ReversalForm(request.POST or None))


def _record(request: HttpRequest, donor: Donor | None, given: dict[str, Any]) -> Donation:
    said = {name: given[name] for name in GIFT}
    new = {"email": given["email"], "name": given["receipt_name"], "language": given["language"]}
    return record_gift_of(donor, by=staff(request), request=request, **new, **said)


def _summary(donor: Donor | None, given: dict[str, Any]) -> list[tuple[Words, Any]]:
    kind = PublicName(given["public_name_kind"])
    return [
        (_("Donor"), _donor_words(donor, given)),
        (_("Name on the receipt"), given["receipt_name"] or (donor.name if donor else "")),
        (_("How it came"), Donation.Method(given["method"]).label),
        (_("Amount"), shown_amount(given["amount_minor"], given["currency"])),
        (_("What was given in kind"), given["in_kind"]),
        (_("Received on"), given["received_on"]),
        (_("For"), given["campaign"] or _("The Trust Fund in general")),
        (_("Reference of the bank or cheque"), given["reference"]),
        (_("Named in public"), given["public_name"] or kind.label),
    ]


def _donor_words(donor: Donor | None, given: dict[str, Any]) -> str:
    who = given["email"] or (donor.public_id if donor else _("without an address"))
    return _("%(who)s, known") % {"who": who} if donor else _("%(who)s, new") % {"who": who}


def _facts_of(donation: Donation) -> list[tuple[Words, Any]]:
    facts: list[tuple[Words, Any]] = [
        (_("Donation"), donation.public_id),
        (_("How it came"), donation.get_method_display()),
        (_("Amount"), shown_amount(donation.amount_minor, donation.currency)),
        (_("What was given in kind"), donation.in_kind),
        (_("For"), donation.campaign or _("The Trust Fund in general")),
    ]
    if donation.bank_matches.standing().exists():
        check = _("A bank line says that it came. If it never did, undo that match instead.")
        facts.append((_("Please check"), check))
    return facts
