"""Groups in the office: approved, refused and closed by acts, and given to another keeper."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import mail_addresses, names
from blueheart.admin.acts import ActPage, Button, admin_url, answer, linked, require, staff
from blueheart.admin.base import ReadOnlyAdmin
from blueheart.exports.columns import masked
from blueheart.languages import country_name, page_language
from blueheart.refusals import RefusedError
from pledges.forms.groups import KeeperForm
from pledges.forms.public_names import ruled_name
from pledges.models import Group, PaperSheet
from pledges.services import groups, sheets
from pledges.services.groups import DECIDE


class DecideForm(forms.Form):
    """Why a group is refused; its keeper reads it."""

    why = forms.CharField(
        label=gettext_lazy("Why refused"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed to refuse. It is mailed to the keeper."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class NewKeeperForm(KeeperForm):
    """Who keeps the group from now on."""

    keeper_name = forms.CharField(
        label=gettext_lazy("Name"), max_length=40, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    field_order = ("keeper_name", "email")

    def clean_keeper_name(self) -> str:
        return ruled_name(self.cleaned_data["keeper_name"], names.check)


class WordsFilter(admin.SimpleListFilter):
    title = gettext_lazy("new words")
    parameter_name = "words"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("waiting to be read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.with_words_to_read() if self.value() else queryset  # type: ignore[attr-defined]


class KeeperFilter(admin.SimpleListFilter):
    title = gettext_lazy("keeper")
    parameter_name = "keeper"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("confirmed", gettext_lazy("address confirmed")),
            ("unconfirmed", gettext_lazy("address not confirmed")),
            ("none", gettext_lazy("none")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset.filter(keeper_email="")
        if self.value() in ("confirmed", "unconfirmed"):
            return queryset.filter(keeper_confirmed_at__isnull=self.value() == "unconfirmed").exclude(keeper_email="")
        return queryset


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin[Any]):
    """Lists show no whole address; the page of one group does, for whoever has to write to its keeper."""

    change_form_template = "admin/pledges/group/change_form.html"
    list_display = (
        "name", "code", "kind", "is_of_pupils", "where", "target", "confirmed", "on_paper", "status", "masked_email",
        "created_at", "decide_link",
    )  # fmt: skip
    export_fields = (
        "name", "code", "kind", "is_of_pupils", "country", "target", ("confirmed", "tally__confirmed"),
        ("on_paper", "tally__on_paper"), "status", ("keeper_email", masked("keeper_email")), "created_at",
    )  # fmt: skip
    list_filter = ("status", KeeperFilter, WordsFilter, "kind", "is_of_pupils", "language", "campaign")
    list_select_related = ("tally",)
    search_fields = ("code",)
    search_help_text = gettext_lazy("A part of the name, a whole code, or the keeper’s whole address")
    ordering = ("-pk",)
    fields = (
        ("name", "code", "page"),
        ("kind", "is_of_pupils", "where", "language"),
        ("campaign", "target", "confirmed", "on_paper"),
        "about",
        "about_to_read",
        ("keeper_name", "keeper_email", "keeper_confirmed_at"),
        ("status", "created_at", "decided_at", "decided_by"),
        "refused_for",
        "lists",
    )
    readonly_fields = ("page", "where", "confirmed", "on_paper", "lists")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("tally")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A part of an address would find whom staff do not know yet."""
        term = search_term.strip()
        if "@" in term:
            return queryset.filter(keeper_email=groups.spelling(term)), False
        found = queryset.filter(code=term.replace(" ", "").lower()) | queryset.filter(name__icontains=term)
        return (found if term else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?keeper_email__startswith=`: its answers would unmask the address, letter by letter."""
        return not lookup.startswith("keeper_") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("country"), ordering="country")
    def where(self, group: Group) -> str:
        return country_name(group.country, page_language())

    @admin.display(description=gettext_lazy("confirmed"))
    def confirmed(self, group: Group) -> int:
        return groups.progress_of(group).confirmed

    @admin.display(description=gettext_lazy("on paper"))
    def on_paper(self, group: Group) -> int:
        return groups.progress_of(group).on_paper

    @admin.display(description=gettext_lazy("keeper"))
    def masked_email(self, group: Group) -> str:
        return mail_addresses.masked(group.keeper_email) or "–"

    @admin.display(description=gettext_lazy("page"))
    def page(self, group: Group) -> SafeString | str:
        if group.status not in (Group.Status.APPROVED, Group.Status.CLOSED):
            return "–"
        return format_html('<a href="{0}">{0}</a>', group.get_absolute_url())

    @admin.display(description=gettext_lazy("lists of hearts on paper"))
    def lists(self, group: Group) -> SafeString:
        url = f"{reverse('admin:pledges_papersheet_changelist')}?group__id__exact={group.pk}"
        return format_html('<a href="{}">{}</a>', url, _("Show"))

    @admin.display(description=gettext_lazy("decision"))
    def decide_link(self, group: Group) -> SafeString:
        return format_html('<a href="{}">{}</a>', admin_url(group, "decide"), _("Decide…"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/decide/", view(self.decide), name="pledges_group_decide"),
            path("<int:pk>/keeper/", view(self.keeper), name="pledges_group_keeper"),
        ]
        return [*own, *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve, refuse with a reason, close, and read new words."""
        require(request, DECIDE)
        group = get_object_or_404(Group.objects.select_related("campaign", "tally"), pk=pk)
        judged = (group.about, group.about_to_read, group.target)
        page = ActPage(self, group, _("Decide about a group"), _facts(group), _decisions(group, request), judged=judged,
                       is_claimed=True)  # fmt: skip
        return answer(page, request, DecideForm(request.POST or None))

    def keeper(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the group to another keeper, who confirms the address by mail."""
        require(request, DECIDE)
        group = get_object_or_404(Group.objects.select_related("campaign", "tally"), pk=pk)

        def give(said: dict[str, Any]) -> str:
            groups.set_keeper(group, name=said["keeper_name"], email=said["email"], request=request)
            return _("We have mailed a link to the new keeper.")

        buttons = [Button("keeper", _("Give it to this keeper"), give, is_default=True)]
        page = ActPage(self, group, _("Give a group to another keeper"), _facts(group), buttons)
        form = NewKeeperForm(request.POST or None)
        form.fields["email"].help_text = _("We mail a link there. Links of the keeper before end at once.")
        return answer(page, request, form)


@admin.register(PaperSheet)
class PaperSheetAdmin(ReadOnlyAdmin[Any]):
    """Hearts on paper, list by list."""

    list_display = ("added_at", "group", "hearts", "way", "taken_back_at", "take_back_link")
    list_filter = ("way", ("taken_back_at", admin.EmptyFieldListFilter), "added_at")
    moments = "added_at"
    list_select_related = ("group",)
    search_fields = ("=group__code",)
    search_help_text = gettext_lazy("The whole code of a group")
    ordering = ("-pk",)
    fields = ("group", "hearts", "way", "added_at", "taken_back_at")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The page of a group leads here; nothing else of the group is looked up."""
        return lookup == "group__id__exact" or (
            not lookup.startswith("group") and super().lookup_allowed(lookup, value, request)
        )

    @admin.display(description=gettext_lazy("act"))
    def take_back_link(self, sheet: PaperSheet) -> SafeString | str:
        if sheet.taken_back_at:
            return "–"
        return format_html('<a href="{}">{}</a>', admin_url(sheet, "take_back"), _("Take back…"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/take-back/", view(self.take_back), name="pledges_papersheet_take_back"),
            *super().get_urls(),
        ]

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a list out of the count."""
        require(request, DECIDE)
        sheet = get_object_or_404(PaperSheet.objects.select_related("group"), pk=pk)

        def act(_said: dict[str, Any]) -> str:
            sheets.take_back(sheet, request=request)
            return _("The list is taken back.")

        facts = [(_("Group"), linked(sheet.group)), (_("Hearts"), sheet.hearts), (_("How"), sheet.get_way_display())]
        buttons = [] if sheet.taken_back_at else [Button("take-back", _("Take back"), act, is_default=True)]
        page = ActPage(self, sheet, _("Take a list back"), facts, buttons)
        return answer(page, request, forms.Form(request.POST or None))


def _facts(group: Group) -> list[tuple[Any, Any]]:
    progress = groups.progress_of(group)
    return [
        (_("Group"), group.name),
        (_("What it is"), group.get_kind_display()),
        (_("Of pupils"), _("yes: no name is ever taken") if group.is_of_pupils else _("no")),
        (_("Country"), country_name(group.country, page_language())),
        (_("Campaign"), group.campaign),
        (_("Target"), group.target),
        (_("About the group"), group.about),
        (_("New words, to be read"), group.about_to_read),
        (_("Keeper"), f"{group.keeper_name} {group.keeper_email}".strip()),
        (_("Address confirmed"), _("yes") if group.keeper_confirmed_at else _("no")),
        (_("Confirmed hearts"), progress.confirmed),
        (_("Hearts on paper"), progress.on_paper),
        (_("State"), group.get_status_display()),
    ]


def _decisions(group: Group, request: HttpRequest) -> list[Button]:
    """The buttons that the group's state allows."""

    def approve(_said: dict[str, Any]) -> str:
        groups.approve(group, by=staff(request), request=request)
        return _("The group is open.")

    def refuse(said: dict[str, Any]) -> str:
        if not said["why"]:
            raise RefusedError(_("Say why: the keeper wants to know."))
        groups.refuse(group, why=said["why"], by=staff(request), request=request)
        return _("The group is refused.")

    def close(_said: dict[str, Any]) -> str:
        groups.close(group, by=staff(request), request=request)
        return _("The group is closed.")

    def settle(*, is_good: bool) -> Callable[[dict[str, Any]], str]:
        def act(_said: dict[str, Any]) -> str:
            groups.settle_about(group, is_good=is_good, request=request)
            return _("The new words are shown.") if is_good else _("The new words are dropped.")

        return act

    words = [
        Button("show-words", _("Show the new words"), settle(is_good=True)),
        Button("drop-words", _("Drop the new words"), settle(is_good=False)),
    ]
    if group.status == Group.Status.WAITING:
        return [Button("approve", _("Approve"), approve), Button("refuse", _("Refuse"), refuse)]
    decision = Button("close", _("Close"), close) if group.is_open else Button("approve", _("Open it again"), approve)
    return [*(words if group.about_to_read else []), decision]
