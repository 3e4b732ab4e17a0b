"""How staff write: drafts, review, publication at an hour, versions; every act is in the trail."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten, unquote
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.translator import translator

from blueheart.admin.base import KeptInTrail
from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from blueheart.trail.record import kind_of, record
from campaigns import search
from campaigns.admin.help_texts import HELP
from campaigns.admin.side_by_side import SideBySide
from campaigns.admin.widgets import MarkdownWidget, direction, is_markdown
from campaigns.markdown import unknown_facts
from campaigns.models.content import Content
from campaigns.translation import missing_in

VERSIONS_SHOWN = 50
# What restoring an old version leaves as it is: whether readers see a row is decided by publishing, not by its past.
NOT_RESTORED = frozenset({"id", "status", "publish_at"})


class Change(NamedTuple):
    """One field between two versions of a row, as people read it."""

    field: str
    before: str
    after: str


class Findable(KeptInTrail[Any]):
    """Rows that readers search, and that `load_content` brings back where they are deleted: those are kept."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.after_change(obj)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.before_delete(obj)
        super().delete_model(request, obj)

    def after_change(self, row: Any) -> None:
        """What follows from a change of the row, in its transaction: search finds what it says now."""
        search.index_row(row)

    def before_delete(self, row: Any) -> None:
        """What a deleted row takes with it, in its transaction."""
        search.forget(row)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.loaded)


class MissingTranslation(admin.SimpleListFilter):
    """Rows with a text that the chosen language lacks and English has."""

    title = _("translation missing in")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, name) for code, name in LANGUAGES if code != DEFAULT_LANGUAGE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        language = self.value() or ""
        return queryset.filter(missing_in(queryset.model, language)) if language in dict(LANGUAGES) else queryset


class WithVersions(SideBySide, Findable):
    """Lists what every version changed, and restores an older one after showing what that means."""

    def after_translation(self, row: Any) -> None:
        self.after_change(row)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Markdown has a preview, each language its direction, and a field whose name does not say it all its help."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and not field.help_text:
            field.help_text = HELP.get(getattr(db_field, "translated_field", db_field).name, "")
        if field is not None and is_markdown(db_field):
            field.widget = MarkdownWidget(attrs=field.widget.attrs)
            field.help_text = ""  # the widget says it
        if field is not None and getattr(db_field, "translated_field", None):
            field.widget.attrs |= direction(db_field.language)
        return field

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        view = self.admin_site.admin_view(self.restore_view)
        return [path("<path:object_id>/history/<int:version>/", view, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The row's versions, newest first, each with what it changed and who changed it."""
        row = self._row(request, object_id)
        newest_first = list(row.history.select_related("history_user")[: VERSIONS_SHOWN + 1])
        versions = [
            (version, changes(older, version) if older else [])
            for version, older in zip(newest_first, [*newest_first[1:], None], strict=True)
        ][:VERSIONS_SHOWN]
        may_restore = self.has_change_permission(request, row)
        context = {"versions": versions, "may_restore": may_restore, **(extra_context or {})}
        return self._versions_page(request, row, "admin/content/history.html", _("Versions"), context)

    def restore_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        """Show what restoring a version would change; on POST, restore it."""
        row = self._row(request, object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        then = get_object_or_404(row.history, history_id=version)
        if request.method == "POST":
            return self._restore(request, row, then)
        context = {"version": then, "changes": changes(row.history.first(), then, restorable=True)}
        return self._versions_page(request, row, "admin/content/restore.html", _("Restore this version"), context)

    def _restore(self, request: HttpRequest, row: Any, then: Any) -> HttpResponse:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[row.pk])
        names = [field.attname for field in restorable_fields(row)]
        for name in names:
            setattr(row, name, getattr(then, name))
        if not self.has_change_permission(request, row):  # as it was then, it belongs to what nobody may change now
            raise PermissionDenied
        try:
            row.full_clean()
        except ValidationError as error:
            text = gettext("It was not restored: %(why)s") % {"why": " ".join(error.messages)}
            messages.error(request, text)
            return redirect(address)
        with transaction.atomic():
            row._change_reason = f"restored from version {then.history_id}"
            row.save()
            record(f"{kind_of(row)}.restored", target=row, request=request, detail={"version": then.history_id})
            self.after_change(row)
        messages.success(request, gettext("The version is restored. What you replaced stays in the list below."))
        return redirect(address)

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return row

    def _versions_page(
        self, request: HttpRequest, row: Any, template: str, title: Any, context: dict[str, Any]
    ) -> HttpResponse:
        names = {"title": title, "subtitle": str(row), "object": row, "opts": self.opts}
        plural = capfirst(str(self.opts.verbose_name_plural))
        every = self.admin_site.each_context(request)
        return TemplateResponse(request, template, every | names | {"module_name": plural} | context)


def restorable_fields(row: Model) -> list[Any]:
    """The fields that a version brings back: all that its history keeps, but for what decides who sees the row."""
    kept = {field.attname for field in row.history.model._meta.concrete_fields}  # type: ignore[attr-defined]
    return [each for each in row._meta.concrete_fields if each.attname in kept and each.name not in NOT_RESTORED]


def changes(before: Any, after: Any, *, restorable: bool = False) -> list[Change]:
    """What differs between two versions of a row, field by field; with `restorable`, only what restoring changes."""
    found = []
    for field in after.tracked_fields:
        was, now = getattr(before, field.attname), getattr(after, field.attname)
        if was != now and not (restorable and field.name in NOT_RESTORED):
            found.append(Change(capfirst(str(field.verbose_name)), _shown(was), _shown(now)))
    return found


def _shown(value: Any) -> str:
    return "–" if value in (None, "") else str(value)


class ByLanguage(TranslationAdmin[Any]):
    """English among the other fields, as people write it first; every other language folded behind its name."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        options = translator.get_options_for_model(self.model)
        columns = {field.name: field.language for fields in options.all_fields.values() for field in fields}
        names = [name for _title, part in super().get_fieldsets(request, obj) for name in flatten(part["fields"])]
        first = [name for name in names if columns.get(name, DEFAULT_LANGUAGE) == DEFAULT_LANGUAGE]
        folded = [
            (spelt, {"fields": [name for name in names if columns.get(name) == code], "classes": ["collapse"]})
            for code, spelt in LANGUAGES
            if code != DEFAULT_LANGUAGE
        ]
        return [(None, {"fields": first}), *(part for part in folded if part[1]["fields"])]


class ContentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a text that names a fact which readers cannot see: the sentence would stand without its number."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and (unknown := unknown_facts(value)):
                text = gettext("There is no published fact of this name: %(names)s")
                self.add_error(name, ValidationError(text, params={"names": ", ".join(unknown)}))
        return cleaned


class ContentAdmin(WithVersions, ByLanguage):
    """Texts in seven languages; whoever may write drafts them, whoever may publish publishes them."""

    form = ContentForm
    save_on_top = True
    actions = ("submit", "publish", "unpublish")

    def view_on_site(self, row: Any) -> str | None:
        """The row's page, where it has one; a draft has none that readers may open."""
        return row.get_absolute_url() if row.is_public and hasattr(row, "get_absolute_url") else None

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns, the status as `state`: a row that waits for its hour is not out yet."""
        return ["state" if name == "status" else name for name in super().get_list_display(request)]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*super().get_list_filter(request), MissingTranslation]

    def has_publish_permission(self, request: HttpRequest) -> bool:
        codename = get_permission_codename("publish", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers see is changed and deleted only by those who may publish; drafts by everyone who writes."""
        return super().may_write(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, row: Any) -> bool:
        is_published = isinstance(row, Content) and row.status == Content.Status.PUBLISHED
        return not is_published or self.has_publish_permission(request)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "status" and not self.has_publish_permission(request):
            kwargs["choices"] = [each for each in Content.Status.choices if each[0] != Content.Status.PUBLISHED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        return own if self.has_publish_permission(request) else tuple(dict.fromkeys((*own, "publish_at")))

    @admin.display(description=_("state"), ordering="status")
    def state(self, row: Content) -> str:
        """The status, and for a row whose hour has not come the hour."""
        if row.status != Content.Status.PUBLISHED or row.is_public or row.publish_at is None:
            return row.get_status_display()
        hour = date_format(row.publish_at, "SHORT_DATETIME_FORMAT")
        return gettext("published from %(hour)s UTC") % {"hour": hour}

    @admin.action(description=_("Submit for review"), permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset.filter(status=Content.Status.DRAFT), Content.Status.REVIEW)

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, Content.Status.PUBLISHED)

    @admin.action(description=_("Make a draft again"), permissions=["publish"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, Content.Status.DRAFT)

    @transaction.atomic
    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        count = 0
        for row in queryset.exclude(status=status):
            row.status = status
            row.save(update_fields=["status", "updated_at"])
            record(f"{kind_of(row)}.{status}", target=row, request=request)
            self.after_change(row)
            count += 1
        text = gettext("Rows that are now “%(status)s”: %(count)s.")
        messages.success(request, text % {"status": Content.Status(status).label, "count": count})


class WithPreview(ContentAdmin):
    """Adds a link to the row's page as readers will see it, drafts too."""

    preview_template: str
    preview_context: Callable[[Any], dict[str, Any]]
    readonly_fields = ("preview",)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_page)
        return [path("<int:pk>/preview/", view, name=name), *super().get_urls()]

    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return render(request, self.preview_template, self.preview_context(row) | {"is_preview": True})

    @admin.display(description=_("page"))
    def preview(self, row: Any) -> SafeString | str:
        if not row.pk:
            return "–"
        url = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_preview", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Preview"))
