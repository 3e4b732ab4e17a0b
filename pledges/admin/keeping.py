"""Answers to "did you do it?": staff read the words before anyone else does."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, answer, linked, require
from pledges.admin.acting import NothingForm, told
from pledges.admin.by_heart import FoundByHeart
from pledges.models import Fulfilment, Pledge
from pledges.services import helping, moderation

MODERATE = "pledges.moderate_pledge"
Words = Pledge.Words


@admin.register(Fulfilment)
class FulfilmentAdmin(FoundByHeart):
    """Words are approved one by one, as they were read, never by the list: it may be older than they are."""

    list_display = ("heart", "answer", "words", "words_status", "answered_at", "ask_again_on", "asked_again_at")
    list_display_links = ("answer", "words")
    list_filter = ("answer", "words_status")
    moments = "answered_at"
    list_select_related = ("pledge",)
    ordering = ("-pk",)
    actions = ("refuse_words",)
    fields = ("heart", "answer", "kept", "words", "words_status", "answered_at", "ask_again_on", "asked_again_at")
    readonly_fields = ("heart",)
    change_form_template = "admin/pledges/fulfilment/change_form.html"

    @admin.display(description=gettext_lazy("heart"))
    def heart(self, said: Fulfilment) -> SafeString:
        return linked(said.pledge)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?pledge__email__startswith=`: its answers would unmask the address, letter by letter."""
        return "pledge" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MODERATE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_moderate_permission(request) or super().has_view_permission(request, obj)

    @admin.action(description=gettext_lazy("Refuse the words"), permissions=["moderate"])
    def refuse_words(self, request: HttpRequest, queryset: QuerySet[Fulfilment]) -> None:
        self._judge(request, queryset, Words.REFUSED)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.read)
        return [path("<int:pk>/read/", view, name="pledges_fulfilment_read"), *super().get_urls()]

    def read(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve the words of an answer, refuse them, or take either back."""
        require(request, MODERATE)
        said = get_object_or_404(Fulfilment.objects.select_related("pledge"), pk=pk)
        facts = [
            (_("Heart"), linked(said.pledge)),
            (_("Answer"), said.get_answer_display()),
            (_("Words"), said.words),
            (_("Now"), said.get_words_status_display()),
        ]

        def judge(judgement: str) -> bool:
            return moderation.judge_answer(answer_id=pk, judgement=judgement, request=request)

        buttons = [
            told("approve", _("Approve the words"), lambda: judge(Words.APPROVED), _("The words are public."),
                 is_default=True),
            told("refuse", _("Refuse the words"), lambda: judge(Words.REFUSED), _("The words are refused.")),
            told("again", _("Undo: let them wait again"), lambda: judge(Words.WAITING), _("The words wait again.")),
            told("help", _("May need help: publish nothing"),
                 lambda: helping.may_need_help(pledge_id=said.pledge_id, request=request),
                 _("Nothing of this supporter is published. Whoever answers for help was told by mail.")),
        ]  # fmt: skip
        page = ActPage(self, said, _("Read an answer"), facts, buttons, judged=(said.words,), is_claimed=True)
        return answer(page, request, NothingForm(request.POST))

    def _judge(self, request: HttpRequest, queryset: QuerySet[Fulfilment], judgement: str) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        done = sum(moderation.judge_answer(answer_id=pk, judgement=judgement, request=request) for pk in ids)
        self.tell(request, done, len(ids))
