"""Where the addresses of this portal's own money meet; each module adds its own."""

from django.http import HttpResponse
from django.urls import reverse
from ninja import Router

router = Router(tags=["Money in test mode"])

LICENCE = "https://spdx.org/licenses/BSD-3-Clause.html"


def with_licence(response: HttpResponse) -> HttpResponse:
    """The answer with its licence and its schema named in `Link`, where a CSV has no other place for them."""
    schema = reverse("api-1:openapi-json")
    links = [response.headers.get("Link"), f'<{LICENCE}>; rel="license"', f'<{schema}>; rel="describedby"']
    response.headers["Link"] = ", ".join(link for link in links if link)
    return response
