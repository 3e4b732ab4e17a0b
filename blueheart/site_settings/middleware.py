"""One request, one look at the settings."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from blueheart.site_settings import reading


class SettingsMiddleware:
    """Lets a request that asks for settings several times see the same ones by one query; who never asks pays none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reading.once():
            return self.get_response(request)
