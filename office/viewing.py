"""Who looked at whom: every page of the office that shows a person's data is written down before it is sent."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from blueheart.trail.record import kind_of, record
from office.data_map import personal_models

View = Callable[..., HttpResponse]


def noted(view: View) -> View:
    """The view; where it answers with rows of a personal model, an entry of the trail says so: one insert, no read."""

    @wraps(view)
    def look(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200:
            _note(request, response, kwargs)
        return response

    return look


def note_view(request: HttpRequest, row: Model, *, page: str) -> None:
    """Write down that somebody sees this row; for pages that belong to no model."""
    record(f"{kind_of(row)}.viewed", target=row, request=request, detail={"page": page})


def _note(request: HttpRequest, response: HttpResponse, captured: dict[str, Any]) -> None:
    match = request.resolver_match
    model, page = _model_and_page((match.url_name if match else "") or "")
    if model is None:
        return
    key = captured.get("object_id", captured.get("pk"))
    if key is not None:
        act = "downloaded" if "Content-Disposition" in response.headers else "viewed"
        row = model(pk=model._meta.pk.to_python(unquote(str(key))))
        record(f"{kind_of(model)}.{act}", target=row, request=request, detail={"page": page})
        return
    shown = getattr(response, "context_data", None) or {}
    if "cl" in shown:
        # The page reads the same rows, once. What was typed may be a name or an address: only what was asked by.
        detail = {"rows": len(shown["cl"].result_list), "asked_by": sorted(request.GET)}
        record(f"{kind_of(model)}.listed", target=model(), request=request, detail=detail)


@cache
def _registered() -> dict[str, type[Model]]:
    return {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry}


def _model_and_page(url_name: str) -> tuple[type[Model] | None, str]:
    """The personal model that a page of the office belongs to, by the name of its address, and which page it is.

    Looking at a proxy is looking at the row itself.
    """
    parts = url_name.split("_")
    for end in range(len(parts) - 1, 0, -1):
        model = _registered().get("_".join(parts[:end]))
        if model:
            return (model._meta.concrete_model if model in personal_models() else None), "_".join(parts[end:])
    return None, ""
