"""Supporters who may need help: filtered, and answered with the helpline of their country."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, answer, require
from blueheart.languages import country_name, page_language
from blueheart.refusals import RefusedError
from pledges.admin.acting import WhyForm
from pledges.models import Fulfilment, Pledge
from pledges.services import helping


class HelpFilter(admin.SimpleListFilter):
    """Supporters who may need help: those who wait for an answer, and those who had one."""

    title = gettext_lazy("may need help")
    parameter_name = "help"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to be answered")), ("answered", _("answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(hidden_reason=Pledge.Hidden.MAY_NEED_HELP, help_answered_at=None)
        if self.value() == "answered":
            return queryset.filter(help_answered_at__isnull=False)
        return queryset


def help_page(model_admin: admin.ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a supporter with the helplines of their country, or close it without a mail and say why."""
    require(request, helping.ANSWER)
    pledge = get_object_or_404(Pledge, pk=pk)

    def write(_given: dict[str, Any]) -> str:
        helping.answer_with_helpline(pledge_id=pk, request=request)
        return _("A mail with the helplines is on its way.")

    def close(given: dict[str, Any]) -> str:
        if not given["why"].strip():
            raise RefusedError(_("Write why no mail is sent. Nothing was changed."))
        helping.close_without_mail(pledge_id=pk, why=given["why"].strip(), request=request)
        return _("Closed without a mail.")

    buttons = [
        Button("answer", _("Answer with the helpline"), write, is_default=True),
        Button("close", _("Close without a mail"), close),
    ]
    page = ActPage(model_admin, pledge, _("Answer a supporter who may need help"), _facts(pledge), buttons)
    return answer(page, request, WhyForm(request.POST or None))


def _facts(pledge: Pledge) -> list[tuple[str, Any]]:
    said = Fulfilment.objects.filter(pledge=pledge).first()
    listed = "; ".join(f"{line.name}: {', '.join(line.numbers) or line.web}" for line in helping.helplines_for(pledge))
    return [
        (_("Heart"), pledge),
        (_("Words"), pledge.words),
        (_("Words of the answer"), said.words if said else ""),
        (_("Country"), country_name(pledge.country, page_language())),
        (_("Language of the mail"), pledge.get_language_display()),
        (_("Helplines in it"), listed or _("none that we checked: the mail leads to the page of all helplines")),
    ]
