"""What the trail can be asked: each question has an index, and all of them may be asked together."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from blueheart.trail.models import Entry

DAYS = ("since", "until")


def _kinds() -> list[tuple[str, str]]:
    kinds = [(model._meta.label_lower, str(capfirst(model._meta.verbose_name))) for model in admin.site._registry]
    return [("", "---------"), *sorted(kinds, key=lambda kind: kind[1])]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class QuestionForm(forms.Form):
    """Who did something to which row, from where, on which days."""

    who = forms.ModelChoiceField(User.objects.none(), label=_("Who"), required=False)
    kind = forms.ChoiceField(label=_("Kind of target"), choices=_kinds, required=False)
    row = forms.CharField(label=_("Its number"), max_length=80, required=False)
    source = forms.GenericIPAddressField(label=_("From which network address"), required=False)
    since = forms.DateField(label=_("From this day (UTC)"), required=False, widget=_day())
    until = forms.DateField(label=_("To this day"), required=False, widget=_day())

    def __init__(self, given: dict[str, str] | None) -> None:
        super().__init__(given, auto_id="trail-%s")
        who = self.fields["who"]
        if isinstance(who, forms.ModelChoiceField):
            who.queryset = User.objects.filter(is_staff=True).order_by("username")

    def asked(self) -> dict[str, Any]:
        """The lookups of what was filled in."""
        given = self.cleaned_data
        lookups = {
            "actor": given["who"],
            "target_type": given["kind"],
            "target_id": given["row"],
            "address": given["source"],
            "at__gte": _start(given["since"]),
            "at__lt": _start(given["until"], days=1),
        }
        return {lookup: value for lookup, value in lookups.items() if value}


class TrailQuestion(admin.ListFilter):
    """The form of all questions, as one filter beside the list."""

    title = _("who, what and when")
    template = "admin/trail/entry/question.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[Entry], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        given = {name: params.pop(name)[-1] for name in QuestionForm.base_fields if name in params}
        self.used_parameters = dict(given)
        self.form = QuestionForm(given or None)
        self.searched = request.GET.get("q", "")

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(QuestionForm.base_fields)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield from ()

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Entry]") -> "QuerySet[Entry]":
        if not self.form.is_bound:
            return queryset
        return queryset.filter(**self.form.asked()) if self.form.is_valid() else queryset.none()


def _start(day: dt.date | None, *, days: int = 0) -> dt.datetime | None:
    return dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), dt.UTC) if day else None
