"""Leaner chains of middleware for addresses that machines call often, chosen before Django by method and path.

A lane runs all of MIDDLEWARE but what settings.LANES leaves out by name, each with the reason why nothing is lost: what
is added to MIDDLEWARE later holds in every lane until somebody says otherwise.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.module_loading import import_string

LANGUAGE = "django.middleware.locale.LocaleMiddleware"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class LaneHandler(WSGIHandler):
    """Django without some of its middleware: a view that asks for what they bring fails at once."""

    def __init__(self, without: Iterable[str]) -> None:
        self.without = frozenset(without)
        if unknown := self.without - set(settings.MIDDLEWARE):
            raise ImproperlyConfigured(f"LANES leaves out what is not in MIDDLEWARE: {', '.join(sorted(unknown))}")
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        """The chain as Django builds it, of fewer links; none of ours is asynchronous or comes and goes."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed([path for path in settings.MIDDLEWARE if path not in self.without]):
            link = import_string(path)(handler)
            if hasattr(link, "process_view"):
                self._view_middleware.insert(0, link.process_view)
            if hasattr(link, "process_template_response"):
                self._template_response_middleware.append(link.process_template_response)
            if hasattr(link, "process_exception"):
                self._exception_middleware.append(link.process_exception)
            handler = convert_exception_to_response(link)
        self._middleware_chain = handler

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; never in the language of whoever this thread served before."""
        if LANGUAGE in self.without:
            translation.deactivate()
        return super().get_response(request)


@dataclass(frozen=True)
class Lane:
    """Which requests take it, and what answers them."""

    method: str
    path: re.Pattern[str]
    handler: LaneHandler


class Lanes:
    """The WSGI application: a request takes the first lane that is meant for it, and Django's full chain otherwise."""

    def __init__(self, full: Application, declared: Mapping[str, Mapping[str, Any]]) -> None:
        self.full = full
        self.lanes = {
            name: Lane(lane["method"], re.compile(lane["path"], re.ASCII), LaneHandler(lane["without"]))
            for name, lane in declared.items()
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.chosen(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))(environ, start_response)

    def chosen(self, method: str, path: str) -> Application:
        """What answers a request of this method and path."""
        for lane in self.lanes.values():
            if method == lane.method and lane.path.fullmatch(path):
                return lane.handler
        return self.full


def application() -> Lanes:
    """The portal with its lanes, set up."""
    return Lanes(get_wsgi_application(), settings.LANES)
