"""Invalidation cases: marks are named and counted first, then the worker runs the case, and can undo it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, Words, answer, require, staff
from blueheart.admin.base import KeptInTrail
from pledges import mailboxes
from pledges.admin.acting import NothingForm
from pledges.models import InvalidationCase
from pledges.services import invalidation

RUN = "pledges.run_invalidationcase"
MARKS = ("network", "domain", "name", "country", "campaign", "made_from", "made_until", "is_only_suspected")


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """The marks of a case, written as pledges are compared."""

    class Meta:
        model = InvalidationCase
        fields = ("title", "why", *MARKS)
        help_texts = {
            "why": gettext_lazy("For the trail. No name, no address of a person."),
            "network": gettext_lazy("As 198.51.100.0/24. Sources are forgotten after 30 days."),
            "domain": gettext_lazy("As example.org, or *.example.org for those below it."),
            "country": gettext_lazy("Two letters, as PT."),
        }

    def clean_network(self) -> str:
        return invalidation.shortest(self.cleaned_data["network"])

    def clean_domain(self) -> str:
        domain = str(self.cleaned_data["domain"]).strip().removeprefix("@")
        if not domain or domain.startswith("*."):
            return domain.lower()
        return mailboxes.canonical(f"x@{domain}").rpartition("@")[2]

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


@admin.register(InvalidationCase)
class InvalidationCaseAdmin(KeptInTrail[InvalidationCase]):
    """Drafts can be changed and are counted when saved; what has begun changes by its buttons alone."""

    form = CaseForm
    change_form_template = "admin/pledges/invalidationcase/change_form.html"
    list_display = ("title", "status", "found_shown", "done", "opened_by", "opened_at", "ended_at")
    list_filter = ("status", "campaign")
    list_select_related = ("opened_by",)
    search_fields = ("title",)
    progress = ("status", "found_shown", "done", "opened_by", "opened_at", "began_at", "ended_at")
    readonly_fields = progress
    fieldsets = (
        (None, {"fields": ("title", "why")}),
        (gettext_lazy("Which pledges"), {"fields": MARKS}),
        (gettext_lazy("Where it stands"), {"fields": progress}),
    )

    @admin.display(description=gettext_lazy("found"))
    def found_shown(self, case: InvalidationCase) -> str:
        return found_in_words(case)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RUN)

    def has_change_permission(self, request: HttpRequest, obj: InvalidationCase | None = None) -> bool:
        return request.user.has_perm(RUN) and (obj is None or obj.status == InvalidationCase.Status.DRAFT)

    def has_view_permission(self, request: HttpRequest, obj: InvalidationCase | None = None) -> bool:
        return request.user.has_perm(RUN) or super().has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: InvalidationCase | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: InvalidationCase | None = None) -> Any:
        return self.fieldsets if obj else self.fieldsets[:2]

    def save_model(self, request: HttpRequest, obj: InvalidationCase, form: Any, change: bool) -> None:
        if not change:
            obj.opened_by = staff(request)
        obj.found = None
        super().save_model(request, obj, form, change)
        self.message_user(request, counted(obj), messages.SUCCESS if obj.found is not None else messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.act)
        return [path("<int:pk>/act/", page, name="pledges_invalidationcase_act"), *super().get_urls()]

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Count a case, run it, cancel it, undo it: whatever is possible now."""
        require(request, RUN)
        case = get_object_or_404(InvalidationCase.objects.select_related("campaign", "opened_by"), pk=pk)
        page = ActPage(self, case, _("Run, cancel or undo a case"), _facts(case), _buttons(request, case))
        return answer(page, request, NothingForm(request.POST or None))


def counted(case: InvalidationCase) -> str:
    """Count a draft and say how many it is about, or that it is too much to count while a page waits."""
    try:
        invalidation.count(case)
    except OperationalError:
        return _("Counting takes too long. Name another mark, so that fewer pledges have to be read.")
    return _("Pledges found: %(count)s. Nothing is changed yet.") % {"count": found_in_words(case)}


def found_in_words(case: InvalidationCase) -> str:
    """The figure, exact to a hundred thousand."""
    if case.found is None:
        return _("not counted")
    most = InvalidationCase.MOST_COUNTED
    return _("more than %(count)d") % {"count": most} if case.found > most else str(case.found)


def _facts(case: InvalidationCase) -> list[tuple[Words, Any]]:
    named = [(label_for_field(name, InvalidationCase), getattr(case, name)) for name in MARKS]
    marks = ", ".join(f"{label}: {value}" for label, value in named if value not in ("", None, False))
    return [
        (_("Case"), case.title),
        (_("Why"), case.why),
        (_("Marks"), marks),
        (_("Standing"), case.get_status_display()),
        (_("Found"), found_in_words(case)),
        (_("Out of the count"), str(case.done)),
    ]


def _buttons(request: HttpRequest, case: InvalidationCase) -> list[Button]:
    def run(_given: dict[str, Any]) -> str:
        invalidation.begin(case_id=case.pk, request=request)
        return _("The worker runs the case now.")

    def cancel(_given: dict[str, Any]) -> str:
        invalidation.cancel(case_id=case.pk, request=request)
        return _("Cancelled. What was done already can be undone.")

    def undo(_given: dict[str, Any]) -> str:
        invalidation.undo(case_id=case.pk, request=request)
        return _("The worker gives every pledge its standing back now.")

    buttons = []
    if case.status == InvalidationCase.Status.DRAFT:
        buttons = [
            Button("run", _("Take them out of the count"), run),
            Button("count", _("Count again"), lambda _given: counted(case), is_default=True),
        ]
    if case.is_open:
        buttons.append(Button("cancel", _("Cancel the case"), cancel))
    if case.can_be_undone:
        buttons.append(Button("undo", _("Undo: give every pledge its standing back"), undo))
    return buttons
