"""Pledges, as those who moderate them see them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart import mail_addresses
from blueheart.admin.acts import ActPage, Button, answer, linked, require
from blueheart.refusals import RefusedError
from campaigns.printing import in_page_language
from pledges import searching
from pledges.admin.acting import HideForm, told
from pledges.admin.featured import FEATURING, Featuring
from pledges.admin.helping import HelpFilter, help_page
from pledges.admin.suspected import SUSPICION, SuspicionActs
from pledges.models import Fulfilment, HeartPhoto, Pledge, PledgingBody, PreceptWording
from pledges.services import helping, moderation

MODERATE = "pledges.moderate_pledge"


class ModerationForm(ActionForm):
    """The action to run and, for hiding, why."""

    reason = forms.ChoiceField(
        label=_("Why hide:"), required=False, choices=[("", _("(choose a reason)")), *Pledge.Hidden.choices]
    )


@admin.register(Pledge)
class PledgeAdmin(SuspicionActs, Featuring):
    """Words are approved one by one, as they were read: in their queue or on the page of a heart, never by the list."""

    list_display = (
        "public_id", "number", "kind", "public_name", "masked_email", "country", "status", "standing", "verification",
        "words", "words_status", "hidden_reason", "created_at",
    )  # fmt: skip
    list_filter = (
        "status", "standing", "verification", "words_status", HelpFilter, "hidden_reason",
        ("featured_at", admin.EmptyFieldListFilter), ("fulfilled_at", admin.EmptyFieldListFilter), "kind", "language",
        "campaign",
    )  # fmt: skip
    list_select_related = ()
    grows = True
    moments = "created_at"
    search_fields = ("public_id",)
    search_help_text = searching.HELP
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    action_form = ModerationForm
    actions = ("refuse_words", "hide", "unhide", *FEATURING, *SUSPICION)
    change_form_template = "admin/pledges/pledge/change_form.html"
    fields = (
        ("public_id", "number", "heart"),
        ("campaign", "group", "kind", "language"),
        ("public_name", "is_16_or_older", "consent_version", "country"),
        "masked_email",
        "way",
        "signed",
        ("words", "words_status"),
        ("body", "photo", "answer"),
        ("status", "created_at", "asked_at", "confirmed_at", "withdrawn_at", "erased_at"),
        ("standing", "suspected_at", "suspected_for"),
        ("verification", "counted"),
        ("hidden_at", "hidden_reason", "help_answered_at", "featured_at"),
        ("kept_asked_at", "fulfilled_at"),
    )
    readonly_fields = ("heart", "masked_email", "signed", "body", "photo", "answer", "counted")

    @admin.display(description=_("e-mail"))
    def masked_email(self, pledge: Pledge) -> str:
        return mail_addresses.masked(pledge.email)

    @admin.display(description=_("on the wall"))
    def heart(self, pledge: Pledge) -> SafeString | str:
        """Only where there is a page: the list of the hidden must not lead into nothing."""
        if not pledge.has_own_page:
            return "–"
        return format_html('<a href="{0}">{0}</a>', pledge.get_absolute_url())

    @admin.display(description=_("counted"), boolean=True)
    def counted(self, pledge: Pledge) -> bool:
        return bool(pledge.is_counted)

    @admin.display(description=_("precepts, as they were signed"))
    def signed(self, pledge: Pledge) -> SafeString:
        """The exact wordings, in the language of the supporter, with their versions."""
        with translation.override(pledge.language):
            said = [(*_wording(wording), wording.version) for wording in pledge.precepts_in_order()]
        items = format_html_join("", '<li dir="auto"><strong>{}</strong> {} ({})</li>', said)
        return format_html('<ul class="office-list">{}</ul>', items)

    @admin.display(description=_("organisation or authority"))
    def body(self, pledge: Pledge) -> SafeString | str:
        return _linked_if_there(PledgingBody.objects.filter(pledge=pledge).first())

    @admin.display(description=_("photo"))
    def photo(self, pledge: Pledge) -> SafeString | str:
        return _linked_if_there(HeartPhoto.objects.filter(pledge=pledge).first())

    @admin.display(description=_("answer: was it kept?"))
    def answer(self, pledge: Pledge) -> SafeString | str:
        return _linked_if_there(Fulfilment.objects.filter(pledge=pledge).first())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What was typed is recognised and found by an index; the page says what was searched for."""
        if not search_term.strip():
            return queryset, False
        found = searching.recognise(search_term, may_see_sources=self.has_release_permission(request))
        self.message_user(request, found.said)
        return found.within(queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?email__startswith=`: its answers would unmask the address, letter by letter. So would those about
        the source, for whoever may not search for it.
        """
        is_hidden = "email" in lookup or (lookup.startswith("source_ip") and not self.has_release_permission(request))
        return not is_hidden and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MODERATE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever answers for help, too: their mail leads here."""
        return request.user.has_perm(helping.ANSWER) or super().has_view_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/moderate/", view(self.moderate), name="pledges_pledge_moderate"),
            path("<int:pk>/help/", view(self.help), name="pledges_pledge_help"),
        ]
        return [*own, *super().get_urls()]

    def help(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer a supporter who may need help."""
        return help_page(self, request, pk)

    def moderate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read the words, hide the heart or show it again."""
        require(request, MODERATE)
        pledge = get_object_or_404(Pledge, pk=pk)
        facts = [
            (_("Public name"), pledge.public_name),
            (_("Words"), pledge.words),
            (_("Words now"), pledge.get_words_status_display()),
            (_("Hidden"), pledge.get_hidden_reason_display()),
        ]
        judged = (pledge.public_name, pledge.words)
        page = ActPage(self, pledge, _("Moderate a heart"), facts, _buttons(pk, request), judged=judged,
                       is_claimed=True)  # fmt: skip
        return answer(page, request, HideForm(request.POST or None))

    @admin.action(description=_("Refuse the words"), permissions=["moderate"])
    def refuse_words(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        self._each(request, queryset, moderation.refuse_words)

    @admin.action(description=_("Hide, for the reason chosen"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        reason = request.POST.get("reason", "")
        if reason not in Pledge.Hidden.values:
            self.message_user(request, _("Choose the reason for hiding. Nothing was hidden."), messages.ERROR)
            return
        self._each(request, queryset, moderation.hide_pledge, reason=reason)

    @admin.action(description=_("Show again"), permissions=["moderate"])
    def unhide(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        self._each(request, queryset, moderation.unhide_pledge)

    def _each(self, request: HttpRequest, queryset: QuerySet[Pledge], act: Callable[..., bool], **kwargs: str) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(act(pledge_id=pk, request=request, **kwargs) for pk in ids), len(ids))


def _buttons(pledge_id: int, request: HttpRequest) -> list[Button]:
    about: dict[str, Any] = {"pledge_id": pledge_id, "request": request}

    def hide(given: dict[str, Any]) -> str:
        if not given["reason"]:
            raise RefusedError(str(_("Choose the reason for hiding. Nothing was hidden.")))
        done = moderation.hide_pledge(reason=given["reason"], **about)
        return str(_("The heart is hidden.") if done else _("That changes nothing."))

    return [
        told("approve", _("Approve the words"), lambda: moderation.approve_words(**about), _("The words are public."),
             is_default=True),
        told("refuse", _("Refuse the words"), lambda: moderation.refuse_words(**about), _("The words are refused.")),
        told("again", _("Undo: let the words wait again"), lambda: moderation.read_words_again(**about),
             _("The words wait again.")),
        Button("hide", _("Hide, for the reason chosen"), hide),
        told("unhide", _("Show again"), lambda: moderation.unhide_pledge(**about), _("The heart is shown again.")),
        told("help", _("May need help: publish nothing"), lambda: helping.may_need_help(**about),
             _("Nothing of this supporter is published. Whoever answers for help was told by mail.")),
    ]  # fmt: skip


def _wording(wording: PreceptWording) -> tuple[str, str]:
    return in_page_language(wording, "title")[0], in_page_language(wording, "text")[0]


def _linked_if_there(row: Model | None) -> SafeString | str:
    return linked(row) if row else "–"
