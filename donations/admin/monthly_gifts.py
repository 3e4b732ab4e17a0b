"""Monthly gifts in the office: what was agreed when, charges that fail, and what staff may do for a donor."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blueheart.admin.base import ReadOnly
from blueheart.admin.filters import IndexedValues
from blueheart.languages import page_language
from blueheart.money import format_amount
from donations import gateway
from donations.admin.money import AMOUNT, MoneyAdmin
from donations.models import MonthlyGift, MonthlyGiftChange
from donations.services import monthly_gift_acts as acts
from donations.services.monthly_gifts import Asked

Act = Callable[..., MonthlyGift]
SHOWN_CHARGES = 24
# Each is a question to Stripe, and somebody waits for all the answers.
MOST_AT_ONCE = 10


class WhyForm(ActionForm):
    """The act to do, and why: it goes into the trail."""

    why = forms.CharField(label=_("Why:"), required=False, max_length=200)


class FailingFilter(admin.SimpleListFilter):
    """Gifts whose last charge did not go through."""

    title = _("charges")
    parameter_name = "charges"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failing", _("the last one failed"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.exclude(failing_invoice_id="") if self.value() == "failing" else queryset


class ChangeInline(ReadOnly, admin.TabularInline[Any, Any]):
    model = MonthlyGiftChange
    fields = ["changed_at", "kind", "by", "before", "after", "reason"]
    readonly_fields = ["before", "after", "reason"]
    extra = 0

    @admin.display(description=_("amount before"))
    def before(self, change: MonthlyGiftChange) -> str:
        return _amount(change.old_amount_minor, change)

    @admin.display(description=_("amount after"))
    def after(self, change: MonthlyGiftChange) -> str:
        return _amount(change.new_amount_minor, change)

    @admin.display(description=_("reason"))
    def reason(self, change: MonthlyGiftChange) -> str:
        return change.feedback_in_words

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("monthly_gift")


@admin.register(MonthlyGift)
class MonthlyGiftAdmin(MoneyAdmin):
    list_display = [
        "public_id", "amount", "interval", "status", "is_paused", "next_charge_at", "failed_tries", "next_try_at",
        "campaign", "donor", "created_at",
    ]  # fmt: skip
    list_select_related = ["campaign", "donor"]
    list_filter = ["status", FailingFilter, "is_paused", "interval", ("currency", IndexedValues), "created_at"]
    grows = True
    moments = "created_at"
    summed = AMOUNT
    search_fields = ["=public_id", "=donor__email", "=stripe_subscription_id"]
    search_help_text = _("A whole reference, address or Stripe id.")
    readonly_fields = ["amount", "charges"]
    exclude = ["authenticate_url"]
    inlines = [ChangeInline]
    action_form = WhyForm
    actions = ["pause_until_resumed", "end_now"]

    @admin.display(description=_("last charges"))
    def charges(self, gift: MonthlyGift) -> SafeString | str:
        donations = gift.donations.order_by("-pk")[:SHOWN_CHARGES]
        rows = [
            (
                reverse("admin:donations_donation_change", args=[donation.pk]),
                date_format(donation.created_at, "SHORT_DATE_FORMAT"),
                format_amount(donation.amount_minor, donation.currency, page_language()),
                donation.get_status_display(),
            )
            for donation in donations
        ]
        items = format_html_join("", '<li><a href="{}">{}</a>: <bdi>{}</bdi>, {}</li>', rows)
        return format_html("<ul>{}</ul>", items) if rows else "–"

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.act_on_monthlygift")

    @admin.action(description=_("Pause until the donor resumes it (say why)"), permissions=["act"])
    def pause_until_resumed(self, request: HttpRequest, gifts: models.QuerySet[MonthlyGift]) -> None:
        """Pause the chosen gifts; those that rest or have ended stay as they are."""
        running = gifts.filter(is_paused=False).exclude(status__in=MonthlyGift.ENDED)
        self._each(request, gifts, running, lambda gift, **how: acts.pause(gift, resumes_at=None, **how))

    @admin.action(description=_("End now (say why)"), permissions=["act"])
    def end_now(self, request: HttpRequest, gifts: models.QuerySet[MonthlyGift]) -> None:
        """End the chosen gifts; those that have ended stay as they are."""
        self._each(request, gifts, gifts.exclude(status__in=MonthlyGift.ENDED), acts.cancel)

    def _each(
        self,
        request: HttpRequest,
        chosen: models.QuerySet[MonthlyGift],
        fitting: models.QuerySet[MonthlyGift],
        act: Act,
    ) -> None:
        why = request.POST.get("why", "").strip()[:200]
        count = chosen.count()
        if not why or count > MOST_AT_ONCE:
            say = _("Say why. Nothing was changed.") if not why else _("Ten at most at once. Nothing was changed.")
            self.message_user(request, say, messages.ERROR)
            return
        done = sum(self._did(request, gift, act, why) for gift in fitting)
        text = ngettext("%(done)d of %(count)d changed.", "%(done)d of %(count)d changed.", count)
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"done": done, "count": count}, level)

    def _did(self, request: HttpRequest, gift: MonthlyGift, act: Act, why: str) -> bool:
        try:
            act(gift, asked=Asked(MonthlyGiftChange.By.STAFF, uuid.uuid4()), why=why, request=request)
        except (gateway.GatewayError, acts.MonthlyGiftError) as error:
            self.message_user(request, f"{gift.public_id}: {error}", messages.ERROR)
            return False
        return True


def _amount(amount_minor: int | None, change: MonthlyGiftChange) -> str:
    return "" if amount_minor is None else format_amount(amount_minor, change.monthly_gift.currency, page_language())
