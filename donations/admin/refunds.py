"""Refunds in the office: asked for on a donation, approved by a second person, set aside, called off."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.filters import IndexedValues
from donations import open_books
from donations.admin.acts import AT_STRIPE, ActPage, Button, Words, admin_url, answer, linked, require, staff
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_entries
from donations.forms.refunds import AnswerForm, RefundForm, WhyForm
from donations.models import Donation, Refund, RefundRequest
from donations.services import refund_requests, refunds, refunds_at_stripe
from donations.services.refunds import Refundable, RefundError

REFUND = "donations.refund_donation"
APPROVE = "donations.approve_refund"
DECIDE = "donations.decide_refundrequest"


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    list_display = [
        "public_id", "amount", "status", "source", "donation", "requested_by", "approved_by", "created_at", "reason",
    ]  # fmt: skip
    list_select_related = ["donation", "requested_by", "approved_by"]
    list_filter = [
        "status",
        ("shelved_at", admin.EmptyFieldListFilter),
        "source",
        ("currency", IndexedValues),
        "created_at",
    ]
    grows = True
    moments = "created_at"
    figure = open_books.REFUNDS
    summed = AMOUNT
    search_fields = ["=public_id", "=stripe_refund_id", "=donation__public_id"]
    search_help_text = gettext_lazy("A whole reference or Stripe id.")
    fields = [
        "public_id", "amount", "gift", "status", "source", "stripe_reason", "why", "requested_by", "approved_by",
        "created_at", "succeeded_at", "stripe_refund_id", "failure_code", "reason", "tries", "next_attempt_at",
        "shelved_at", "in_the_ledger",
    ]  # fmt: skip
    readonly_fields = ["amount", "gift", "in_the_ledger"]

    @admin.display(description=gettext_lazy("donation"))
    def gift(self, refund: Refund) -> SafeString:
        return linked(refund.donation)

    @admin.display(description=gettext_lazy("in the ledger"))
    def in_the_ledger(self, refund: Refund) -> SafeString | str:
        """What left our balance, and what came back."""
        return shown_entries(refund=refund)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("ask/<int:donation_pk>/", view(self.ask), name="donations_refund_ask"),
            path("<int:pk>/decide/", view(self.decide), name="donations_refund_decide"),
            path("<int:pk>/end/", view(self.end), name="donations_refund_end"),
        ]
        return [*own, *super().get_urls()]

    def ask(self, request: HttpRequest, donation_pk: int) -> HttpResponse:
        """Refund a part of a donation, or all; shown once more before it is done."""
        require(request, REFUND)
        donation = get_object_or_404(Donation.objects.select_related("campaign"), pk=donation_pk)
        try:
            left = refunds.refundable(donation)
        except RefundError as error:
            self.message_user(request, str(error), "ERROR")
            return HttpResponseRedirect(admin_url(donation))
        form = RefundForm(left, request.POST or None)
        page = ActPage(
            self,
            donation,
            _("Refund"),
            _facts_of(donation, left),
            [_asking(request, donation)],
            summary=lambda given: _summary(request, donation, given),
            last_word=AT_STRIPE,
        )
        return answer(page, request, form)

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve what somebody else asked for, or decline it."""
        require(request, APPROVE)
        refund = get_object_or_404(Refund.objects.select_related("donation__campaign", "requested_by"), pk=pk)
        facts = [*_facts_of_refund(refund), *_facts_of(refund.donation, refunds.refundable(refund.donation))]
        page = ActPage(self, refund, _("Approve or decline a refund"), facts, _deciding(request, refund))
        return answer(page, request, WhyForm(request.POST or None))

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a refund again that was set aside, or call one off that Stripe has not made."""
        require(request, REFUND)
        refund = get_object_or_404(Refund.objects.select_related("donation__campaign", "requested_by"), pk=pk)
        page = ActPage(self, refund, _("A refund that is not made yet"), _facts_of_refund(refund),
                       _ending(request, refund))  # fmt: skip
        return answer(page, request, WhyForm(request.POST or None))


@admin.register(RefundRequest)
class RefundRequestAdmin(MoneyAdmin):
    list_display = ["donation", "wanted", "status", "words", "created_at", "decided_by", "decided_at"]
    list_select_related = ["donation", "decided_by"]
    list_filter = ["status", "created_at"]
    grows = True
    moments = "created_at"
    summed = ("amount_minor", "donation__currency")
    search_fields = ["=donation__public_id"]
    search_help_text = gettext_lazy("A whole reference of a donation.")
    fields = ["gift", "wanted", "words", "status", "answer", "refund", "created_at", "decided_by", "decided_at"]
    readonly_fields = ["gift", "wanted"]

    @admin.display(description=gettext_lazy("donation"))
    def gift(self, wish: RefundRequest) -> SafeString:
        return linked(wish.donation)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def wanted(self, wish: RefundRequest) -> str:
        return shown_amount(wish.amount_minor, wish.donation.currency)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", view, name="donations_refundrequest_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Grant what a donor asks for, in full or in part, or decline it; either is mailed."""
        require(request, DECIDE)
        wish = get_object_or_404(RefundRequest.objects.select_related("donation__campaign"), pk=pk)
        left = refunds.refundable(wish.donation)
        facts = [
            (_("The donor would like back"), shown_amount(wish.amount_minor, wish.donation.currency)),
            (_("The donor’s words"), wish.words),
            *_facts_of(wish.donation, left),
        ]
        form = AnswerForm(left, request.POST or None, amount_minor=wish.amount_minor)
        page = ActPage(self, wish, _("Decide on a donor’s request"), facts, _answering(request, wish))
        return answer(page, request, form)


def _asking(request: HttpRequest, donation: Donation) -> Button:
    def act(given: dict[str, Any]) -> str:
        refund = refunds.ask_refund(
            donation,
            amount_minor=given["amount"],
            why=given["why"],
            by=staff(request),
            stripe_reason=given["stripe_reason"],
            public_id=given["public_id"],
            request=request,
        )
        if refund.status == Refund.Status.WAITING:
            return _("The refund waits for a second person.")
        return _("The refund is on its way to Stripe.")

    return Button("refund", _("Refund"), act, is_default=True)


def _summary(request: HttpRequest, donation: Donation, given: dict[str, Any]) -> list[tuple[Words, Any]]:
    left = refunds.check_refund(donation, given["amount"])
    waits = refunds.needs_second_person(donation, given["amount"], left, by=staff(request))
    return [
        (_("To be refunded"), shown_amount(given["amount"], left.currency)),
        (_("Reason for Stripe"), dict(Refund.Reason.choices).get(given["stripe_reason"])),
        (_("Why"), given["why"]),
        (_("What happens"), _("It waits for a second person.") if waits else _("Stripe is asked at once.")),
    ]


def _deciding(request: HttpRequest, refund: Refund) -> list[Button]:
    def approve(_given: dict[str, Any]) -> str:
        refunds.approve_refund(refund, by=staff(request), request=request)
        return _("The refund is on its way to Stripe.")

    def decline(given: dict[str, Any]) -> str:
        refunds.decline_refund(refund, by=staff(request), why=given["why"], request=request)
        return _("The refund is declined.")

    return [Button("approve", _("Approve"), approve, is_default=True), Button("decline", _("Decline"), decline)]


def _ending(request: HttpRequest, refund: Refund) -> list[Button]:
    def try_again(given: dict[str, Any]) -> str:
        refunds.try_refund_again(refund, by=staff(request), why=given["why"], request=request)
        return _("Stripe is asked again.")

    def call_off(given: dict[str, Any]) -> str:
        refunds_at_stripe.call_off_refund(refund, by=staff(request), why=given["why"], request=request)
        return _("The refund is called off.")

    again = [Button("again", _("Try again"), try_again, is_default=True)] if refund.shelved_at else []
    return [*again, Button("call-off", _("Call off"), call_off)]


def _answering(request: HttpRequest, wish: RefundRequest) -> list[Button]:
    def grant(given: dict[str, Any]) -> str:
        refund = refund_requests.grant_request(
            wish, by=staff(request), amount_minor=given["amount"], answer=given["answer"], request=request
        )
        if refund.status == Refund.Status.WAITING:
            return _("Granted. The refund waits for a second person; then the donor is told.")
        return _("Granted. The donor is told, and the refund is on its way to Stripe.")

    def decline(given: dict[str, Any]) -> str:
        refund_requests.decline_request(wish, by=staff(request), answer=given["answer"], request=request)
        return _("Declined. The donor is told.")

    return [Button("grant", _("Grant"), grant, is_default=True), Button("decline", _("Decline"), decline)]


def _facts_of(donation: Donation, left: Refundable) -> list[tuple[Words, Any]]:
    """What everybody has to see who decides on a refund of this donation."""
    facts: list[tuple[Words, Any]] = [
        (_("Donation"), donation.public_id),
        (_("For"), donation.campaign or _("The Trust Fund in general")),
        (_("Paid"), shown_amount(left.received_minor, left.currency)),
        (_("Left to refund"), shown_amount(left.left_minor, left.currency)),
        (_("A second person from"), shown_amount(left.second_person_from_minor, left.currency)),
    ]
    warned = [warning.fraud_type for warning in donation.fraud_warnings.all() if warning.is_actionable]
    if warned:
        facts.append(
            (_("Fraud warning"), _("%(kind)s: a refund now spares a dispute and its fee") % {"kind": warned[0]})
        )
    facts += [(_("Dispute"), dispute.get_status_display()) for dispute in donation.disputes.all()]
    return facts


def _facts_of_refund(refund: Refund) -> list[tuple[Words, Any]]:
    return [
        (_("To be refunded"), shown_amount(refund.amount_minor, refund.currency)),
        (_("Asked by"), refund.requested_by or refund.get_source_display()),
        (_("Why"), refund.why),
        (_("Status"), refund.get_status_display()),
        (_("What went wrong"), refund.reason),
    ]
