"""Stripe's events in the office: what each said, what became of it, and a way to process it again."""

import json
from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blueheart.admin.filters import values_of
from blueheart.trail.models import Entry
from donations.admin.money import MoneyAdmin, shown_list
from donations.gateway import API_VERSION
from donations.models import StripeEvent
from donations.services.inbox import process_again

NEWEST = 1_000  # ignored events that are looked through for their types


class IgnoredType(admin.SimpleListFilter):
    """The types that no reaction is for, and how many of the newest thousand are of each."""

    title = _("ignored type")
    parameter_name = "ignored"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ignored = StripeEvent.objects.filter(status=StripeEvent.Status.IGNORED).order_by("-pk")
        counts = Counter(ignored.values_list("type", flat=True)[:NEWEST])
        return [(kind, f"{kind} ({counts[kind]})") for kind in sorted(counts)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        kind = self.value()
        return queryset.filter(status=StripeEvent.Status.IGNORED, type=kind) if kind else queryset


class Version(admin.SimpleListFilter):
    """Whether an event was told in the API version that we speak."""

    title = _("API version")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("ours", API_VERSION), ("other", _("another"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        if self.value() == "ours":
            return queryset.filter(api_version=API_VERSION)
        if self.value() != "other":
            return queryset
        # By name, for only what is equal to something is found by an index.
        others = [version for version in values_of(StripeEvent, "api_version") if version not in ("", API_VERSION)]
        return queryset.filter(api_version__in=others)


@admin.register(StripeEvent)
class StripeEventAdmin(MoneyAdmin):
    list_display = ["stripe_event_id", "type", "status", "source", "received_at", "tries", "reason"]
    list_filter = ["status", IgnoredType, "source", Version, "received_at"]
    grows = True
    moments = "received_at"
    search_fields = ["=stripe_event_id", "=stripe_object_id", "=type"]
    search_help_text = _("A whole id of an event or object, or a type.")
    actions = ["process_again"]
    exclude = ["payload", "livemode", "leased_until"]
    readonly_fields = ["body", "history"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """Without the bodies, of up to 256 KB each: a list shows none, and one event fetches its own."""
        return super().get_queryset(request).defer("payload")

    @admin.display(description=_("payload"))
    def body(self, event: StripeEvent) -> SafeString:
        """As it came, set out in lines where it is JSON."""
        try:
            text = json.dumps(json.loads(event.payload), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = event.payload
        return format_html('<pre class="event-body" dir="ltr" tabindex="0">{}</pre>', text)

    @admin.display(description=_("what was done with it"))
    def history(self, event: StripeEvent) -> SafeString | str:
        """Each time that a person put it back, from the trail."""
        entries = Entry.objects.filter(target_type="donations.stripeevent", target_id=str(event.pk))
        rows = [
            (f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor or "–", entry.action, entry.why)
            for entry in entries.select_related("actor").order_by("pk")
        ]
        return shown_list("<li>{} {}: {} {}</li>", rows)

    @admin.action(description=_("Process again"), permissions=["process_again"])
    def process_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        """Put the chosen events back for the worker; those it has not ended yet stay as they are."""
        count = process_again(events, why="by hand", request=request)
        said = ngettext("%(count)s event is due again.", "%(count)s events are due again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.process_stripeevent_again")
