"""The wall, one heart, and what one takes from it: a picture and a certificate."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response

from blueheart.headers import CORP, OPEN
from blueheart.languages import page_language
from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import spend
from blueheart.pages import public_page
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import WALL_HIDDEN
from pledges import card, wall
from pledges.forms import WallForm
from pledges.models import Pledge
from pledges.paper.certificate import certificate_pdf

CERTIFICATES_AN_HOUR, HOUR = 300, 60 * 60
ON_THE_PAGE = ("campaign", *wall.BESIDE, "fulfilment")


@public_page(query=("country", "campaign", "kind", "on", "before", "after"))
def hearts(request: HttpRequest) -> HttpResponse:
    form = WallForm(request.GET)
    if not form.is_possible:
        raise Http404
    before, after = _number(request, "before"), _number(request, "after")
    if form.day:
        before, after = wall.first_number_after(form.day), None
    choice = form.choice()
    hidden = current().notice(WALL_HIDDEN)
    context = {
        "hidden": hidden,
        "page": wall.NOBODY if hidden else wall.page(choice, before=before, after=after),
        "form": form,
        "is_first": before is None and after is None,
        "is_of_all": choice == wall.EVERYONE,
    }
    return render(request, "pledges/hearts.html", context)


@public_page(query=("confirmed",))
def heart(request: HttpRequest, public_id: str) -> HttpResponse:
    found = Pledge.objects.with_own_page().select_related(*ON_THE_PAGE).filter(public_id=public_id).first()
    if found is None:  # withdrawn, hidden or never there: the page does not tell which
        return render(request, "pledges/heart_gone.html", status=HTTPStatus.NOT_FOUND)
    (shown,) = wall.hearts([found])
    context = {
        "heart": shown,
        "precepts": found.precepts_in_order(),
        "is_new": "confirmed" in request.GET,
        "own_picture": card.own_picture(shown),
        "hidden": current().notice(WALL_HIDDEN),
    }
    return render(request, "pledges/heart.html", context)


@public_page(kept=False)
def heart_card(request: HttpRequest, public_id: str) -> HttpResponse:
    """The picture that stands for a heart where somebody shares it; no cache keeps it, so that it follows the heart."""
    picture = card.picture(_shown(public_id))
    etag = f'"{card.name_of(picture)}"'
    unchanged: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if isinstance(unchanged, HttpResponse):
        response = unchanged
    else:
        response = HttpResponse(card.drawn(picture), content_type="image/png")
    response.headers["ETag"] = etag
    response.headers["Content-Language"] = page_language()
    response.headers[CORP] = OPEN
    return _not_listed(response)


@public_page(kept=False)
def heart_certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """A heart's certificate to print, in the page's language; a network gets so many an hour: each takes a while."""
    shown = _shown(public_id)
    if not spend("heart-certificates", subnet(client_address(request)), limit=CERTIFICATES_AN_HOUR, seconds=HOUR):
        return render(request, "pledges/certificate_later.html", {"heart": shown}, status=HTTPStatus.TOO_MANY_REQUESTS)
    content = certificate_pdf(shown, list(shown.pledge.precepts_in_order()))
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="blue-heart-{shown.pledge.number}.pdf"'
    response.headers["Content-Language"] = page_language()
    return _not_listed(response)


def _shown(public_id: str) -> wall.Heart:
    """The heart as the public may see it. Raises `Http404` for one without a page of its own."""
    found = get_object_or_404(Pledge.objects.with_own_page().select_related(*ON_THE_PAGE), public_id=public_id)
    (shown,) = wall.hearts([found])
    return shown


def _not_listed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _number(request: HttpRequest, name: str) -> int | None:
    """A heart's number from the address. Raises Http404 for what is no number that a heart can have."""
    value = request.GET.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise Http404
    return int(value)
