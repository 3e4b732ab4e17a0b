"""The wall, and one heart."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from pledges import wall
from pledges.models import Pledge


@public_page
def hearts(request: HttpRequest) -> HttpResponse:
    page = wall.page(before=_number(request, "before"), after=_number(request, "after"))
    return render(request, "pledges/hearts.html", {"page": page})


@public_page
def heart(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Pledge.objects.with_own_page().select_related("campaign"), public_id=public_id)
    (shown,) = wall.hearts([found])
    context = {
        "heart": shown,
        "precepts": found.precepts_in_order(),
        "is_new": "confirmed" in request.GET,
    }
    return render(request, "pledges/heart.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    """A heart's number from the address. Raises Http404 for what is no number that a heart can have."""
    value = request.GET.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise Http404
    return int(value)
