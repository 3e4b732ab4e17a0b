"""World Days and events: next year's is opened by one button; past ones stay as they were."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, ForeignKey, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from blueheart.days import utc_today
from blueheart.trail.record import record
from campaigns import world_days
from campaigns.admin.editing import ContentAdmin, WithPreview
from campaigns.models import Campaign, Event, WorldDayEdition
from campaigns.models.world_days import edition_year


class KeptWhenOver(ContentAdmin):
    """An edition whose time has passed, 31 August, is history: nobody changes it, its events or their status."""

    edition_lookup: str

    def edition_of(self, row: Any) -> WorldDayEdition | None:
        raise NotImplementedError

    def is_over(self, row: Any) -> bool:
        edition = self.edition_of(row)
        return edition is not None and edition.is_over

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and self.is_over(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and self.is_over(obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row and self.is_over(row) and request.method == "GET":
            messages.info(request, gettext("This World Day is over: it and its events stay as they were."))
        return super().change_view(request, object_id, form_url, extra_context)

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        is_over = Q(**{f"{self.edition_lookup}__lt": edition_year(utc_today())})
        super()._set_status(request, queryset.exclude(is_over), status)


@admin.register(WorldDayEdition)
class WorldDayEditionAdmin(KeptWhenOver, WithPreview):
    list_display = ("year", "theme", "hashtag", "certainty", "status", "events", "source", "preview")
    list_filter = ("status", "certainty")
    list_select_related = ("source",)
    search_fields = ("year", "theme", "hashtag")
    autocomplete_fields = ("source", "campaign", "picture", "resources")
    preview_template = "campaigns/world_day.html"
    preview_context = staticmethod(world_days.preview_context)
    edition_lookup = "year"

    def edition_of(self, row: WorldDayEdition) -> WorldDayEdition:
        return row

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "events")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(event_count=Count("events"))
        return counted

    @admin.display(description=_("events"))
    def events(self, row: WorldDayEdition) -> SafeString | str:
        if not row.pk:
            return "–"
        address = f"{reverse('admin:campaigns_event_changelist')}?edition__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', address, getattr(row, "event_count", _("Events")))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.open_edition))
        return [path("open/", view, name="campaigns_worlddayedition_open"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        year = world_days.year_to_open() if self.has_add_permission(request) else None
        return super().changelist_view(request, {"year_to_open": year, **(extra_context or {})})

    def open_edition(self, request: HttpRequest) -> HttpResponse:
        """Make the draft of the year that the button named; pressed twice, it leads to the same row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        year = request.POST.get("year", "")
        if year not in map(str, world_days.years_that_may_open()):
            raise Http404
        try:
            edition = self._open(request, int(year))
        except Campaign.DoesNotExist:
            messages.error(request, gettext("Publish a World Day campaign with a source first."))
            return redirect("admin:campaigns_worlddayedition_changelist")
        return redirect("admin:campaigns_worlddayedition_change", edition.pk)

    @transaction.atomic
    def _open(self, request: HttpRequest, year: int) -> WorldDayEdition:
        edition, is_new = world_days.open_edition(year)
        if is_new:
            record("world-day-edition.opened", target=edition, request=request, detail={"year": edition.year})
            self.after_change(edition)
        return edition


@admin.register(Event)
class EventAdmin(KeptWhenOver):
    list_display = ("title", "kind", "starts_on", "iso2", "place", "edition", "is_cancelled", "status", "revision")
    list_filter = ("status", "kind", "is_cancelled", "edition")
    list_select_related = ("edition",)
    search_fields = ("title", "slug", "place", "organiser")
    autocomplete_fields = ("campaign", "source")
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("revision",)
    edition_lookup = "edition__year"

    def edition_of(self, row: Event) -> WorldDayEdition | None:
        return row.edition

    def view_on_site(self, row: Event) -> str | None:
        """Its place on the page of its edition or campaign."""
        shown_by = row.edition or row.campaign
        if not shown_by or not (row.is_public and shown_by.is_public):
            return None
        return f"{shown_by.get_absolute_url()}#event-{row.slug}"

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """No event is added to an edition that is over."""
        if db_field.name == "edition":
            kwargs["queryset"] = WorldDayEdition.objects.filter(year__gte=edition_year(utc_today()))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
