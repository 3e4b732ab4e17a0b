"""What visitors reported."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, answer, linked, require
from blueheart.refusals import RefusedError
from pledges.admin.acting import HideForm, told
from pledges.admin.by_heart import FoundByHeart
from pledges.models import HeartReport
from pledges.services import helping, moderation


@admin.register(HeartReport)
class HeartReportAdmin(FoundByHeart):
    list_display = ("created_at", "reason", "heart", "words", "settled_at")
    list_filter = ("reason", ("settled_at", admin.EmptyFieldListFilter))
    moments = "created_at"
    list_select_related = ("pledge",)
    ordering = ("-pk",)
    fields = ("created_at", "reason", "heart", "words", "settled_at")
    readonly_fields = ("heart",)
    actions = ("settle",)
    change_form_template = "admin/pledges/heartreport/change_form.html"

    @admin.display(description=gettext_lazy("heart"))
    def heart(self, report: HeartReport) -> SafeString:
        return linked(report.pledge)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?pledge__email__startswith=`: its answers would unmask the address, letter by letter."""
        return "pledge" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pledges.moderate_pledge")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever answers for help, too: their mail leads here."""
        may_answer = request.user.has_perm(helping.ANSWER) or self.has_moderate_permission(request)
        return may_answer or super().has_view_permission(request, obj)

    @admin.action(description=gettext_lazy("Settled: staff have looked"), permissions=["moderate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[HeartReport]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(moderation.settle_report(report_id=pk, request=request) for pk in ids), len(ids))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", view, name="pledges_heartreport_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hide the heart for a reason, find that somebody may need help, or leave it; each settles the report."""
        if not self.has_moderate_permission(request):
            require(request, helping.ANSWER)
        report = get_object_or_404(HeartReport.objects.select_related("pledge"), pk=pk)
        facts = [
            (_("Heart"), linked(report.pledge)),
            (_("What is wrong"), report.get_reason_display()),
            (_("In the visitor’s words"), report.words),
            (_("Name"), report.pledge.public_name),
            (_("Words"), report.pledge.words),
            (_("Hidden"), report.pledge.get_hidden_reason_display()),
            (_("Settled"), report.settled_at),
        ]
        judged = (report.pledge.public_name, report.pledge.words, report.pledge.hidden_reason)
        page = ActPage(self, report, _("Decide on a report"), facts, _buttons(report, request), judged=judged,
                       is_claimed=True)  # fmt: skip
        return answer(page, request, HideForm(request.POST or None))


def _buttons(report: HeartReport, request: HttpRequest) -> list[Button]:
    def settle() -> bool:
        return moderation.settle_report(report_id=report.pk, request=request)

    def hide(given: dict[str, Any]) -> str:
        if not given["reason"]:
            raise RefusedError(_("Choose the reason. Nothing was changed."))
        moderation.hide_pledge(pledge_id=report.pledge_id, reason=given["reason"], request=request)
        settle()
        return _("The heart is hidden and the report settled.")

    def needs_help(_given: dict[str, Any]) -> str:
        helping.may_need_help(pledge_id=report.pledge_id, request=request)
        settle()
        return _("Nothing of this supporter is published. Whoever answers for help was told by mail.")

    buttons = [Button("help", _("May need help: publish nothing"), needs_help)]
    if request.user.has_perm("pledges.moderate_pledge"):
        buttons.append(Button("hide", _("Hide the heart, for the reason chosen"), hide))
        buttons.append(told("settle", _("Leave it: settled"), settle, _("The report is settled."), is_default=True))
    return buttons
