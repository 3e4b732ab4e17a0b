"""What may be given in each currency, what the fees may come to, and whom gifts honour."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import KeptInTrail, ReadOnlyAdmin
from blueheart.languages import page_language
from blueheart.money import CURRENCIES, format_amount
from donations.fee_cover import cover_minor
from donations.models import FeeRate, GivingCurrency, Tribute

AMOUNTS = ("minimum_minor", "maximum_minor", "second_person_from_minor", "notice_from_minor")


class GivingCurrencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses what Stripe would refuse: then no donor meets it on the way to the pay page."""

    class Meta:
        model = GivingCurrency
        fields = ("currency", "is_offered", "position", "presets_minor", *AMOUNTS)

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if code not in CURRENCIES:
            raise forms.ValidationError(_("Stripe takes no payments in this currency."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"currency", "presets_minor", *AMOUNTS} & set(self.errors):
            return cleaned
        rule = CURRENCIES[cleaned.get("currency") or self.instance.currency]
        least, most, presets = cleaned["minimum_minor"], cleaned["maximum_minor"], cleaned["presets_minor"]
        if least < rule.minimum_minor:
            self.add_error("minimum_minor", _("Stripe’s own minimum is %(minor)s.") % {"minor": rule.minimum_minor})
        if most > rule.maximum_minor:
            self.add_error("maximum_minor", _("Stripe’s own maximum is %(minor)s.") % {"minor": rule.maximum_minor})
        for name, amounts in (("minimum_minor", [least]), ("maximum_minor", [most]), ("presets_minor", presets)):
            if any(amount % rule.step_minor for amount in amounts):
                self.add_error(name, _("Stripe takes only multiples of %(step)s.") % {"step": rule.step_minor})
        if presets != sorted(set(presets)) or any(not least <= amount <= most for amount in presets):
            self.add_error("presets_minor", _("Suggest amounts from the smallest to the largest gift, in that order."))
        return cleaned


class PerCurrency(KeptInTrail[Any]):
    """Settings that steer money: the trail says what each was and is, and of which currency."""

    def trail_detail(self, obj: Any) -> dict[str, Any]:
        return {"currency": obj.currency}


@admin.register(GivingCurrency)
class GivingCurrencyAdmin(PerCurrency):
    form = GivingCurrencyForm
    told_in_trail = GivingCurrencyForm.Meta.fields
    list_display = ["currency", "is_offered", "position", "presets", "smallest", "largest", "second_person_from"]
    list_filter = ["is_offered"]
    search_fields = ["=currency"]
    search_help_text = gettext_lazy("The code of a currency, such as EUR.")
    readonly_fields = ["as_read"]

    def get_readonly_fields(self, request: HttpRequest, obj: GivingCurrency | None = None) -> list[str]:
        return ["currency", "as_read"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: GivingCurrency | None = None) -> bool:
        """A currency is taken from the offer, not from the table: gifts were given in it, and refunds ask for it."""
        return False

    @admin.display(description=gettext_lazy("suggested amounts"))
    def presets(self, obj: GivingCurrency) -> SafeString:
        amounts = ((_shown(amount, obj.currency),) for amount in obj.presets_minor)
        return format_html_join(" · ", "<bdi>{}</bdi>", amounts)

    @admin.display(description=gettext_lazy("smallest gift"))
    def smallest(self, obj: GivingCurrency) -> str:
        return _shown(obj.minimum_minor, obj.currency)

    @admin.display(description=gettext_lazy("largest gift"))
    def largest(self, obj: GivingCurrency) -> str:
        return _shown(obj.maximum_minor, obj.currency)

    @admin.display(description=gettext_lazy("refunds need a second person from"))
    def second_person_from(self, obj: GivingCurrency) -> str:
        return _shown(obj.second_person_from_minor, obj.currency)

    @admin.display(description=gettext_lazy("as people read it"))
    def as_read(self, obj: GivingCurrency) -> SafeString:
        return format_html(
            "{}<br>{}: <bdi>{}</bdi><br>{}: <bdi>{}</bdi><br>{}: <bdi>{}</bdi>",
            self.presets(obj),
            _("smallest gift"), self.smallest(obj),
            _("largest gift"), self.largest(obj),
            _("refunds need a second person from"), self.second_person_from(obj),
        )  # fmt: skip


class FeeRateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FeeRate
        fields = ("currency", "percent", "fixed_minor", "cap_minor")

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if code and code not in CURRENCIES:
            raise forms.ValidationError(_("Stripe takes no payments in this currency."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("currency") == "":
            for name in ("fixed_minor", "cap_minor"):
                if cleaned.get(name):
                    self.add_error(name, _("For all other currencies an amount would mean something else in each."))
        return cleaned


@admin.register(FeeRate)
class FeeRateAdmin(PerCurrency):
    form = FeeRateForm
    told_in_trail = FeeRateForm.Meta.fields
    list_display = ["currency_or_all", "percent", "fixed", "cap", "for_instance"]
    search_fields = ["=currency"]
    search_help_text = gettext_lazy("The code of a currency, such as EUR.")

    @admin.display(description=gettext_lazy("currency"), ordering="currency")
    def currency_or_all(self, obj: FeeRate) -> str:
        return obj.currency or _("all others")

    @admin.display(description=gettext_lazy("fixed part"))
    def fixed(self, obj: FeeRate) -> str:
        return _shown(obj.fixed_minor, obj.currency) if obj.fixed_minor else "–"

    @admin.display(description=gettext_lazy("at most"))
    def cap(self, obj: FeeRate) -> str:
        return _shown(obj.cap_minor, obj.currency) if obj.cap_minor else "–"

    @admin.display(description=gettext_lazy("added to a gift of 50"))
    def for_instance(self, obj: FeeRate) -> str:
        code = obj.currency or "USD"
        return _shown(cover_minor(50 * int(10 ** CURRENCIES[code].exponent), code, obj), code)


@admin.register(Tribute)
class TributeAdmin(ReadOnlyAdmin[Tribute]):
    """Whom gifts honour. The address is a third person's: it is not in the list, and cannot be searched for."""

    list_display = ["donation", "kind", "honoured_name", "notice_on", "noticed_at"]
    list_select_related = ["donation"]
    list_filter = ["kind", "notice_on"]
    search_fields = ["=donation__public_id"]
    search_help_text = gettext_lazy("A whole reference of a donation.")
    exclude = ["notice_email", "notice_name"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?notice_email__startswith=`: its answers would spell out what is not shown."""
        return not lookup.startswith(("notice_email", "notice_name")) and super().lookup_allowed(lookup, value, request)


def _shown(amount_minor: int, currency: str) -> str:
    return format_amount(amount_minor, currency, page_language())
