"""All settings by group with what they are now, the page that changes one, and the history of all changes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, answer, require, staff
from blueheart.admin.base import ReadOnlyAdmin
from blueheart.refusals import RefusedError
from blueheart.site_settings import changing, declaring, reading
from blueheart.site_settings.declaring import Setting, Switch
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from office.site_settings.forms import ChangeForm, WhyForm, form_for
from office.site_settings.words import said

VIEW = "site_settings.view_sitesetting"


class Line(NamedTuple):
    """One setting of the list: what it is now, what it is by default, and who changed it last."""

    setting: Setting
    now: str
    standard: str
    is_changed: bool
    last: SiteSettingChange | None


@admin.register(SiteSetting)
class SiteSettingAdmin(ReadOnlyAdmin[SiteSetting]):
    """Every declared setting has a page, changed or not; only acts write rows."""

    def has_view_permission(self, request: HttpRequest, obj: SiteSetting | None = None) -> bool:
        may = (VIEW, declaring.CHANGE, declaring.SWITCH)
        return any(request.user.has_perm(permission) for permission in may)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Settings"),
            "groups": _groups(),
        }
        return TemplateResponse(request, "admin/site_settings/list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change it, after a look at what was and what will be; who may only look sees the facts."""
        setting = declaring.find(object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if setting is None:
            raise Http404
        may_change = request.user.has_perm(setting.permission)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        values = reading.current()
        form = form_for(setting, values.of(setting), request.POST or None)
        page = ActPage(
            self,
            SiteSetting(key=setting.key),
            setting.label,
            _facts(setting, values),
            _buttons(setting, form, request) if may_change else [],
            summary=lambda _given: _summary(setting, form, request),
            last_word=_("It counts with the next page that anybody opens."),
            judged=[values.of(setting)],
        )
        return answer(page, request, form if may_change else WhyForm(), then=SiteSetting(key=setting.key))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(_history(object_id))


class SettingFilter(admin.SimpleListFilter):
    """Changes of one setting, by what staff call it."""

    title = gettext_lazy("setting")
    parameter_name = "key__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(setting.key, setting.label) for setting in declaring.declared()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(key=self.value()) if self.value() else queryset


@admin.register(SiteSettingChange)
class SiteSettingChangeAdmin(ReadOnlyAdmin[SiteSettingChange]):
    """The history. Undoing is a change of its own."""

    list_display = ("setting", "at", "who", "why", "was", "became", "undo_link")
    list_display_links = None
    list_filter = (SettingFilter,)
    list_select_related = ("by",)
    ordering = ("-pk",)
    fields = ("setting", "at", "who", "why", "was", "became")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: SiteSettingChange | None = None) -> bool:
        may = ("site_settings.view_sitesettingchange", VIEW, declaring.CHANGE, declaring.SWITCH)
        return any(request.user.has_perm(permission) for permission in may)

    @admin.display(description=gettext_lazy("setting"), ordering="key")
    def setting(self, changed: SiteSettingChange) -> str:
        found = declaring.find(changed.key)
        return str(found.label) if found else changed.key

    @admin.display(description=gettext_lazy("who"))
    def who(self, changed: SiteSettingChange) -> str:
        return _name(changed.by)

    @admin.display(description=gettext_lazy("before"))
    def was(self, changed: SiteSettingChange) -> str:
        return said(declaring.find(changed.key), changed.before)

    @admin.display(description=gettext_lazy("after"))
    def became(self, changed: SiteSettingChange) -> str:
        return said(declaring.find(changed.key), changed.after)

    @admin.display(description="")
    def undo_link(self, changed: SiteSettingChange) -> SafeString:
        url = reverse("admin:site_settings_sitesettingchange_undo", args=[changed.pk])
        return format_html('<a href="{}">{}</a>', url, _("Undo"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo)
        return [path("<int:pk>/undo/", view, name="site_settings_sitesettingchange_undo"), *super().get_urls()]

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set it to what it was before that change."""
        changed = get_object_or_404(SiteSettingChange.objects.select_related("by"), pk=pk)
        setting = declaring.find(changed.key)
        require(request, setting.permission if setting else declaring.CHANGE)

        def act(given: dict[str, Any]) -> str:
            changing.undo(changed, why=given["why"], by=staff(request), request=request)
            return _("Done: it is what it was before that change.")

        facts = [
            (_("Setting"), self.setting(changed)),
            (_("Changed"), changed.at),
            (_("Who"), _name(changed.by)),
            (_("Why"), changed.why),
            (_("It became"), self.became(changed)),
            (_("It will be again"), self.was(changed)),
        ]
        page = ActPage(self, changed, _("Undo a change"), facts, [Button("undo", _("Undo"), act, is_default=True)])
        return answer(page, request, WhyForm(request.POST or None))


def _groups() -> list[tuple[str, list[Line]]]:
    """All declared settings under their headings; two queries."""
    values = reading.current()
    newest = SiteSettingChange.objects.order_by("key", "-pk").distinct("key").select_related("by")
    last = {change.key: change for change in newest}
    groups: dict[str, list[Line]] = {}
    for setting in declaring.declared():
        line = Line(
            setting,
            said(setting, values.of(setting)),
            said(setting, None),
            values.is_changed(setting),
            last.get(setting.key),
        )
        groups.setdefault(str(setting.group.label), []).append(line)
    return list(groups.items())


def _facts(setting: Setting, values: reading.Values) -> Sequence[tuple[Any, Any]]:
    last = SiteSettingChange.objects.filter(key=setting.key).select_related("by").first()
    facts: list[tuple[Any, Any]] = [
        (_("What it does"), setting.help),
        (_("Now"), said(setting, values.of(setting))),
        (_("By default"), said(setting, None)),
    ]
    if isinstance(setting, Switch) and setting.notice:
        facts.append((_("Our own sentence for visitors"), setting.notice))
    if last:
        facts += [(_("Last changed"), last.at), (_("Who"), _name(last.by)), (_("Why"), last.why)]
    history = format_html('<a href="{}">{}</a>', _history(setting.key), _("All changes, to undo one"))
    return [*facts, (_("History"), history)]


def _buttons(setting: Setting, form: ChangeForm, request: HttpRequest) -> list[Button]:
    def change(given: dict[str, Any]) -> str:
        changing.change(setting, _typed(form), why=given["why"], by=staff(request), request=request)
        return _("Changed. It counts from now on.")

    def reset(given: dict[str, Any]) -> str:
        changing.change(setting, None, why=given["why"], by=staff(request), request=request)
        return _("It is back to the default.")

    if isinstance(setting, Switch):
        return [Button("change", _("Turn on"), change, is_default=True), Button("reset", _("Turn off"), reset)]
    return [Button("change", _("Change"), change, is_default=True), Button("reset", _("Back to the default"), reset)]


def _summary(setting: Setting, form: ChangeForm, request: HttpRequest) -> Sequence[tuple[Any, Any]]:
    """What it is and what it will be. Raises `RefusedError` for what cannot be set."""
    resets = request.POST.get("act") == "reset"
    value = None if resets else changing.allowed(setting, _typed(form))
    rows = [
        (_("Setting"), setting.label),
        (_("Now"), said(setting, reading.current().of(setting))),
        (_("From now on"), said(setting, value)),
        (_("Why"), form.cleaned_data["why"]),
    ]
    if isinstance(setting, Switch) and setting.notice and not resets:
        told = value.get("message", {}) if value else {}
        rows += [(_("Visitors read (%(language)s)") % {"language": code}, words) for code, words in told.items()]
        rows += [] if told else [(_("Visitors read"), setting.notice)]
    return rows


def _typed(form: ChangeForm) -> Any:
    try:
        return form.value()
    except ValueError as error:
        raise RefusedError(str(error)) from error


def _history(key: str) -> str:
    return f"{reverse('admin:site_settings_sitesettingchange_changelist')}?key__exact={key}"


def _name(user: User | None) -> str:
    return user.get_username() if user else _("the site itself")
