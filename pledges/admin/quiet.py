"""Addresses that get no mail about pledges: why, since when; and letting them have mail again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.mail_addresses import MailField
from pledges.models import QuietAddress
from pledges.services import quiet

SILENCE = "pledges.silence_quietaddress"


class SilenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address to leave alone; only its keyed digest is stored."""

    email = MailField(label=_("e-mail"), help_text=_("Not stored: only a keyed digest of it is."))

    class Meta:
        model = QuietAddress
        fields: tuple[str, ...] = ()


@admin.register(QuietAddress)
class QuietAddressAdmin(ReadOnlyAdmin[Any]):
    form = SilenceForm
    list_display = ("short_digest", "reason", "since")
    list_filter = ("reason",)
    grows = True
    moments = "since"
    search_fields = ("digest",)
    search_help_text = _("A whole e-mail address: is it left alone?")
    actions = ("lift",)

    @admin.display(description=_("digest"))
    def short_digest(self, row: QuietAddress) -> str:
        return str(row)

    def has_silence_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SILENCE)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_silence_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_silence_permission(request)

    def get_fields(self, request: HttpRequest, obj: QuietAddress | None = None) -> tuple[str, ...]:
        return ("short_digest", "reason", "since") if obj else ("email",)

    def get_readonly_fields(self, request: HttpRequest, obj: QuietAddress | None = None) -> tuple[str, ...]:
        return ("short_digest", "reason", "since") if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By a whole address only: nothing else is known of them."""
        term = search_term.strip()
        return (queryset & quiet.of_address(term) if term else queryset), False

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> QuietAddress:
        form.save(commit=False)  # the admin expects what Django leaves on a saved form
        return quiet.silence(email=form.cleaned_data["email"], request=request)

    def save_model(self, request: HttpRequest, obj: QuietAddress, form: Any, change: bool) -> None:
        """The service has saved it, with its line in the trail."""

    @admin.action(description=_("Let them have mail again"), permissions=["silence"])
    def lift(self, request: HttpRequest, queryset: QuerySet[QuietAddress]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(quiet.lift(quiet_id=pk, request=request) for pk in ids), len(ids))
