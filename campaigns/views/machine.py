"""Pages that search engines read."""

from django.http import HttpRequest, HttpResponse

from blueheart.pages import public_page
from campaigns.sitemap import KEPT_SECONDS, sitemap_xml


@public_page(numbers=False)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page in every language."""
    response = HttpResponse(sitemap_xml(), content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
