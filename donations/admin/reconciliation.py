"""The last comparisons of the books with Stripe, and what they found."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from donations.models import LedgerTransaction, ReconciliationFinding, ReconciliationRun


class FoundFilter(admin.SimpleListFilter):
    """Runs that found something, or could not ask Stripe; those of the newest run alone, too."""

    title = _("found")
    parameter_name = "found"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", _("something")), ("newest", _("something, in the newest one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReconciliationRun]) -> QuerySet[ReconciliationRun]:
        if self.value() == "any":
            return queryset & ReconciliationRun.objects.with_trouble()
        if self.value() == "newest":
            return queryset & ReconciliationRun.objects.newest_with_trouble()
        return queryset


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnlyAdmin[ReconciliationRun]):
    list_display = [
        "begun_at", "since", "until", "compared", "missing_here", "missing_there", "different", "waiting", "failure",
    ]  # fmt: skip
    list_filter = [FoundFilter, "begun_at"]
    moments = "begun_at"
    readonly_fields = ["findings"]

    @admin.display(description=_("findings"))
    def findings(self, run: ReconciliationRun) -> SafeString | str:
        if not run.found:
            return "–" if run.failure else gettext("None: the books are what Stripe says.")
        url = reverse("admin:donations_reconciliationfinding_changelist")
        return format_html('<a href="{}?run__id__exact={}">{}</a>', url, run.pk, run.found)


@admin.register(ReconciliationFinding)
class ReconciliationFindingAdmin(ReadOnlyAdmin[ReconciliationFinding]):
    list_display = ["stripe_id", "kind", "what", "gift", "in_the_books", "run"]
    list_select_related = ["run", "donation"]
    list_filter = ["kind"]
    search_fields = ["=stripe_id", "=donation__public_id"]
    search_help_text = _("A whole reference or Stripe id.")
    ordering = ["-run", "pk"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A run's page leads to its findings."""
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    @admin.display(description=_("donation"))
    def gift(self, finding: ReconciliationFinding) -> SafeString | str:
        if finding.donation is None:
            return "–"
        url = reverse("admin:donations_donation_change", args=[finding.donation.pk])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, finding.donation)

    @admin.display(description=_("in the books"))
    def in_the_books(self, finding: ReconciliationFinding) -> SafeString | str:
        if finding.kind == ReconciliationFinding.Kind.MISSING_HERE:
            return "–"
        url = reverse(f"admin:{LedgerTransaction._meta.app_label}_{LedgerTransaction._meta.model_name}_changelist")
        return format_html('<a href="{}?q={}">{}</a>', url, finding.stripe_id, _("transaction"))
