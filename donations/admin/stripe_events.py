"""Stripe's events in the office: what each said, what became of it, and a way to process it again."""

import json
from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from blueheart.admin.filters import values_of
from blueheart.refusals import RefusedError
from blueheart.trail.models import Entry
from donations.admin.acts import ActPage, Button, answer, linked, require
from donations.admin.event_reading import advice_on, rows_of
from donations.admin.money import MoneyAdmin, shown_list
from donations.gateway import API_VERSION
from donations.models import StripeEvent
from donations.services.inbox import ignore_for_good, process_again

AGAIN = "donations.process_stripeevent_again"
ACTS = ("stripe-event.processed-again", "stripe-event.ignored-for-good")
LONGEST_NOTE = 200
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


class NoteForm(ActionForm):
    """The action to run, and why."""

    note = forms.CharField(label=_("Why:"), required=False, max_length=LONGEST_NOTE)


class WhyForm(forms.Form):
    """Why an event is processed again or ignored."""

    why = forms.CharField(
        label=_("Why, for the trail"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("Needed to ignore it. No name, no address."),
        widget=forms.TextInput(attrs={"size": 60, "dir": "auto"}),
    )


@admin.register(StripeEvent)
class StripeEventAdmin(MoneyAdmin):
    list_display = ["stripe_event_id", "type", "status", "source", "received_at", "tries", "reason"]
    list_filter = ["status", IgnoredType, "source", Version, "received_at"]
    grows = True
    moments = "received_at"
    search_fields = ["=stripe_event_id", "=stripe_object_id", "=type"]
    search_help_text = _("A whole id of an event or object, or a type.")
    actions = ["process_again", "ignore_for_good"]
    action_form = NoteForm
    change_form_template = "admin/donations/stripeevent/change_form.html"
    fields = [
        "stripe_event_id", "type", "status", "why_so", "what_to_do", "touched", "source", "api_version",
        "stripe_object_id", "happened_at", "received_at", "tries", "next_attempt_at", "shelved_at", "minimised_at",
        "history", "body",
    ]  # fmt: skip
    readonly_fields = ["why_so", "what_to_do", "touched", "body", "history"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """Without the bodies, of up to 256 KB each: a list shows none, and one event fetches its own."""
        return super().get_queryset(request).defer("payload")

    @admin.display(description=_("reason"))
    def why_so(self, event: StripeEvent) -> SafeString | str:
        """Line by line, as it was noted."""
        lines = [(line,) for line in event.reason.splitlines() if line.strip()]
        return shown_list("<li>{}</li>", lines)

    @admin.display(description=_("what to do"))
    def what_to_do(self, event: StripeEvent) -> str:
        """What the reason means for whoever looks at the shelf."""
        return str(advice_on(event)) if event.status == StripeEvent.Status.SHELVED else "–"

    @admin.display(description=_("what it touched"))
    def touched(self, event: StripeEvent) -> SafeString | str:
        """Rows of ours that the ids in it name."""
        return shown_list("<li>{}: {}</li>", [(row._meta.verbose_name, linked(row)) for row in rows_of(event)])

    @admin.display(description=_("payload"))
    def body(self, event: StripeEvent) -> SafeString:
        """As it came, without what is personal in it, set out in lines where it is JSON."""
        try:
            text = json.dumps(json.loads(event.payload), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = event.payload
        return format_html('<pre class="event-body" dir="ltr" tabindex="0">{}</pre>', text)

    @admin.display(description=_("what was done with it"))
    def history(self, event: StripeEvent) -> SafeString | str:
        """Each time that a person put it back or ended it, from the trail."""
        entries = Entry.objects.filter(target_type="donations.stripeevent", target_id=str(event.pk), action__in=ACTS)
        rows = [
            (f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor or "–", entry.action, entry.why)
            for entry in entries.select_related("actor").order_by("pk")
        ]
        return shown_list("<li>{} {}: {} <bdi>{}</bdi></li>", rows)

    @admin.action(description=_("Process again"), permissions=["process_again"])
    def process_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        """Put the chosen events back for the worker; those it has not ended yet stay as they are."""
        count = process_again(events, why=_note(request) or "by hand", request=request)
        said = ngettext("%(count)s event is due again.", "%(count)s events are due again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Ignore for good, for the reason noted"), permissions=["process_again"])
    def ignore_for_good(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        """End the chosen events that are shelved."""
        if not (why := _note(request)):
            self.message_user(request, _("Write why. Nothing was changed."), messages.ERROR)
            return
        count = ignore_for_good(events, why=why, request=request)
        said = ngettext("%(count)s shelved event is ignored.", "%(count)s shelved events are ignored.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(AGAIN)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", view, name="donations_stripeevent_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Process one event again, or end it for good: both say why."""
        require(request, AGAIN)
        event = get_object_or_404(StripeEvent.objects.defer("payload"), pk=pk)
        facts = [
            (_("Event"), event),
            (_("Status"), event.get_status_display()),
            (_("Reason"), event.reason),
            (_("What to do"), self.what_to_do(event)),
            (_("Tries"), event.tries),
        ]
        judged = (event.status, event.reason)
        page = ActPage(self, event, _("Decide on an event"), facts, _buttons(event, request), judged=judged)
        return answer(page, request, WhyForm(request.POST or None))


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "").strip()[:LONGEST_NOTE]


def _buttons(event: StripeEvent, request: HttpRequest) -> list[Button]:
    """Nothing for one that waits for the worker anyway."""
    this = StripeEvent.objects.filter(pk=event.pk)

    def again(given: dict[str, Any]) -> str:
        process_again(this, why=given["why"].strip() or "by hand", request=request)
        return gettext("The worker processes it again.")

    def ignore(given: dict[str, Any]) -> str:
        if not given["why"].strip():
            raise RefusedError(gettext("Write why. Nothing was changed."))
        ignore_for_good(this, why=given["why"].strip(), request=request)
        return gettext("It is ignored for good, with your reason.")

    buttons = [Button("again", _("Process again"), again, is_default=True)]
    if event.status == StripeEvent.Status.SHELVED:
        buttons.append(Button("ignore", _("Ignore for good, for the reason above"), ignore))
    return [] if event.status == StripeEvent.Status.RECEIVED else buttons
