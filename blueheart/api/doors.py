"""Who may ask, and how: everybody, from any site, by GET and HEAD; what does not exist answers in JSON too."""

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.cache import get_conditional_response, set_response_etag
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from blueheart.api.description import PROBLEM, described
from blueheart.api.schemas import Problem
from blueheart.pages import public_page, rule_of
from blueheart.pages.unavailable import RETRY_AFTER_SECONDS

ALLOWED = "GET, HEAD, OPTIONS"
A_DAY = str(24 * 60 * 60)

View = Callable[..., HttpResponse]


def problem(status: int, detail: str) -> HttpResponse:
    """An answer that says what went wrong, and what to do differently."""
    said = Problem(status=status, title=HTTPStatus(status).phrase, detail=detail)
    return HttpResponse(said.model_dump_json(), status=status, content_type=f"{PROBLEM}; charset=utf-8")


def open_to_all(view: View, *, query: Iterable[str] = ()) -> View:
    """Answer every site's scripts, as `public_page` does every visitor; the answer is the same for all of them."""

    @public_page(query=query)
    def answered(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        asked, request.method = request.method, "GET"  # of HEAD the server sends the headers alone
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = asked

    @wraps(view)
    def opened(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return _shared(HttpResponse(status=204, headers={"Allow": ALLOWED, "Access-Control-Max-Age": A_DAY}))
        if request.method not in ("GET", "HEAD"):
            refusal = problem(405, "This API is read-only: ask by GET or HEAD.")
            refusal.headers["Allow"] = ALLOWED
            return _shared(refusal)
        return _shared(_unless_known(request, answered(request, *args, **kwargs)))

    opened.rule = rule_of(answered)  # type: ignore[attr-defined]
    opened.csrf_exempt = True  # type: ignore[attr-defined] # a POST is told that it may not be, not that it lacks a token
    return opened


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 where the caller has this very answer already.

    Before the middleware, which knows no HEAD here and would leave the headers for scripts of other sites out.
    """
    if response.status_code != 200:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)
    answer: HttpResponseBase | None = get_conditional_response(
        request, etag=response.headers["ETag"], response=response
    )
    return answer if isinstance(answer, HttpResponse) else response


def _shared(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = ALLOWED
    response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Language, If-None-Match"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Content-Language"
    return response


class PublicAPI(NinjaAPI):
    """An API that anyone may read: all its addresses are open to all, and its problems are JSON."""

    def set_default_exception_handlers(self) -> None:
        super().set_default_exception_handlers()
        self.add_exception_handler(Http404, _not_found)
        self.add_exception_handler(HttpError, _refused)
        self.add_exception_handler(ValidationError, _misunderstood)
        self.add_exception_handler(OperationalError, _away)
        self.add_exception_handler(InterfaceError, _away)

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        return described(super().get_openapi_schema(**kwargs), self._get_bound_routers())

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = [*super()._get_urls(), re_path("", _no_such_address)]
        queries = self._queries()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                view = _no_such_address if pattern.name == "api-root" else pattern.callback
                pattern.callback = open_to_all(view, query=queries.get(pattern.name or "", ()))
        return patterns

    def _queries(self) -> dict[str, list[str]]:
        """The keys that each operation takes from the query, by the name of its address."""
        return {
            getattr(operation, "url_name", "") or self.get_operation_url_name(operation, router=router.template): [
                key
                for model in operation.models
                if model.__ninja_param_source__ == "query"
                for key in model.__ninja_flatten_map__
            ]
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
        }


def _no_such_address(request: HttpRequest) -> HttpResponse:
    return problem(404, "There is no such address. /api/v1/docs lists all there are.")


def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "There is no such row, or it is not published.")


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, str(error))


def _misunderstood(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(400, "; ".join(f"{wrong['loc'][-1]}: {wrong['msg']}" for wrong in error.errors))


def _away(request: HttpRequest, error: Any) -> HttpResponse:
    answer = problem(503, "The database does not answer. Please try again.")
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
