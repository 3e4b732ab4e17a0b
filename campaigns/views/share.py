"""The picture that stands for a page where someone shares it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from blueheart.headers import CORP, OPEN
from blueheart.pages import public_page
from campaigns.share import store, subjects

AN_HOUR = "public, max-age=3600"


@public_page(kept=False)
def share_picture(request: HttpRequest, kind: str, slug: str, language: str) -> HttpResponse:
    """A PNG with the page's title in its script; 404 for what is no page of ours, at the price of one query."""
    picture = subjects.picture(kind, slug, language)
    if picture is None:
        raise Http404
    etag = f'"{store.name_of(picture)}"'
    unchanged: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if isinstance(unchanged, HttpResponse):
        response = unchanged
    else:
        response = HttpResponse(store.picture_file(picture), content_type="image/png")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = AN_HOUR
    response.headers["Content-Language"] = language
    response.headers[CORP] = OPEN
    return response
