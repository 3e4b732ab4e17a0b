"""Erasures as staff see them: asked for on the privacy desk, decided here by a second person."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, Words, answer, require, staff
from blueheart.admin.base import ReadOnlyAdmin
from office.models import Erasure
from office.privacy import erasures, subjects
from office.privacy.forms import DecisionForm
from office.privacy.preview import preview

ASK, APPROVE = "office.ask_erasure", "office.approve_erasure"


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin[Erasure]):
    list_display = ["case", "status", "asked_by", "asked_at", "decided_by", "decided_at", "done_at", "reason"]
    list_select_related = ["asked_by", "decided_by"]
    list_filter = ["status", "asked_at"]
    search_fields = ["=case"]
    search_help_text = gettext_lazy("A whole reference of a case. To find a person, use the privacy desk.")
    change_form_template = "office/privacy/erasure.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose address it is, only those read who ask for erasures or approve them."""
        fields = ["case", "why", "status", "asked_by", "asked_at", "decided_by", "decided_at", "answer", "done_at",
                  "outcome", "tries", "next_attempt_at", "shelved_at", "reason"]  # fmt: skip
        return ["email", *fields] if _may_see_address(request) else fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?email__startswith=`: its answers would spell out what is not shown."""
        return not lookup.startswith("email") and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/decide/", view(self.decide), name="office_erasure_decide"),
            path("<int:pk>/again/", view(self.again), name="office_erasure_again"),
        ]
        return [*own, *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve what somebody else asked for, or decline it; who asked may call it off."""
        erasure = get_object_or_404(Erasure.objects.select_related("asked_by"), pk=pk)
        is_own = erasure.asked_by_id == staff(request).pk
        require(request, ASK if is_own and not request.user.has_perm(APPROVE) else APPROVE)
        page = ActPage(
            self,
            erasure,
            _("Approve or decline an erasure"),
            _facts(erasure),
            [_decline(request, erasure)] if is_own else [_approve(request, erasure), _decline(request, erasure)],
            judged=[erasure.status, erasure.email],
        )
        return answer(page, request, DecisionForm(request.POST or None))

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try an erasure now that is held."""
        require(request, APPROVE)
        erasure = get_object_or_404(Erasure.objects.select_related("asked_by"), pk=pk)
        button = Button("again", _("Try again"), lambda _given: _try_again(request, erasure), is_default=True)
        page = ActPage(self, erasure, _("An erasure that is held"), _facts(erasure), [button])
        return answer(page, request, DecisionForm(request.POST or None))


def _may_see_address(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and (request.user.has_perm(ASK) or request.user.has_perm(APPROVE))


def _approve(request: HttpRequest, erasure: Erasure) -> Button:
    def act(_given: dict[str, Any]) -> str:
        erasures.approve(erasure, by=staff(request), request=request)
        return _said(erasures.work_on(erasure))

    return Button("approve", _("Erase"), act, is_default=True)


def _decline(request: HttpRequest, erasure: Erasure) -> Button:
    def act(given: dict[str, Any]) -> str:
        erasures.decline(erasure, by=staff(request), why=given["why"], request=request)
        return _("The erasure is declined.")

    return Button("decline", _("Decline"), act)


def _try_again(request: HttpRequest, erasure: Erasure) -> str:
    erasures.try_again(erasure, by=staff(request), request=request)
    return _said(erasures.work_on(erasure))


def _said(erasure: Erasure) -> str:
    if erasure.status == Erasure.Status.DONE:
        return _("The person is erased.")
    if erasure.status == Erasure.Status.HELD:
        return _("Something could not be ended yet: the erasure is held, and tried again by itself.")
    return _("The erasure is being done.")


def _facts(erasure: Erasure) -> list[tuple[Words, Any]]:
    """Everything that the second person has to know."""
    facts: list[tuple[Words, Any]] = [
        (_("Address"), erasure.email),
        (_("Case"), erasure.case),
        (_("Why"), erasure.why),
        (_("Asked by"), erasure.asked_by),
        (_("Status"), erasure.get_status_display()),
        (_("What holds it up"), erasure.reason),
    ]
    if not erasure.email:
        return facts
    told = preview(subjects.find(erasure.email))
    return [
        *facts,
        (_("What goes"), _list(told.goes)),
        (_("What stays, and why"), _list([f"{what}: {why}" for what, why in told.stays])),
        (_("What ends at Stripe"), _list(told.ends)),
        (_("What is waited for"), _list(told.waited_for)),
    ]


def _list(lines: list[str]) -> SafeString | str:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", [(line,) for line in lines])) if lines else ""
