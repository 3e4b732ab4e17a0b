"""Who looked at whom: every page of the office that shows a person's data is written down before it is sent."""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from blueheart.trail.record import kind_of, record
from office.data_map import personal_models

View = Callable[..., HttpResponse]
OWN_KEYS = ("object_id", "pk", "id")


def noted(view: View) -> View:
    """The view; where it answers with rows of a personal model, an entry of the trail says so: one insert, no read."""

    @wraps(view)
    def look(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method != "HEAD" and response.status_code == 200:  # a refused form shows the page, too
            _note(request, response, kwargs)
        return response

    return look


def note_view(request: HttpRequest, row: Model, *, page: str) -> None:
    """Write down that somebody sees this row; for pages that belong to no model."""
    record(f"{kind_of(row)}.viewed", target=row, request=request, detail={"page": page})


def _note(request: HttpRequest, response: HttpResponse, captured: dict[str, Any]) -> None:
    match = request.resolver_match
    model, page = _model_and_page((match.url_name if match else "") or "")
    for shown, key in _rows_named(model, captured):
        act = "downloaded" if "Content-Disposition" in response.headers else "viewed"
        row = shown(pk=shown._meta.pk.to_python(unquote(str(key))))
        record(f"{kind_of(shown)}.{act}", target=row, request=request, detail={"page": page})
    context = getattr(response, "context_data", None) or {}
    if model and model in personal_models() and "cl" in context:
        # The page reads the same rows, once. What was typed may be a name or an address: only what was asked by.
        detail = {"rows": len(context["cl"].result_list), "asked_by": sorted(request.GET)}
        record(f"{kind_of(model)}.listed", target=model(), request=request, detail=detail)


def _rows_named(model: type[Model] | None, captured: dict[str, Any]) -> Iterator[tuple[type[Model], Any]]:
    """The rows of personal models that an address names: its own, or `donor_pk` of a donor."""
    for name, key in captured.items():
        shown = model if name in OWN_KEYS else _by_name().get(name.removesuffix("_pk"))
        if shown and shown in personal_models():
            yield shown, key


@cache
def _registered() -> dict[str, type[Model]]:
    return {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry}


@cache
def _by_name() -> dict[str, type[Model]]:
    return {str(model._meta.model_name): model for model in admin.site._registry}


def _model_and_page(url_name: str) -> tuple[type[Model] | None, str]:
    """The model that a page of the office belongs to, by the name of its address, and which page it is.

    Looking at a proxy is looking at the row itself.
    """
    parts = url_name.split("_")
    for end in range(len(parts) - 1, 0, -1):
        model = _registered().get("_".join(parts[:end]))
        if model:
            return model._meta.concrete_model, "_".join(parts[end:])
    return None, ""
