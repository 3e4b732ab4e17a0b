"""The door to pages of one's own: ask for a link, open it, and be let in while the visit lasts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from blueheart.languages import page_language
from blueheart.limits.addresses import client_address, subnet
from blueheart.pages import as_typed, switches_language, token_page
from blueheart.visits.links import LinkExpiredError, SecretLink, TooManyLinksError

MINUTES = int(SecretLink.VISIT_LASTS.total_seconds()) // 60
# What a page may ask to have sent again after the visit was renewed.
MOST_FIELDS_KEPT = 40
NOT_KEPT = {"csrfmiddlewaretoken", "switch_language"}
TOO_MANY_REQUESTS = 429
FORBIDDEN = 403


@dataclass(frozen=True)
class Door:
    """One kind of visit: the cookie that keeps it, who is visiting, and the pages on the way in."""

    cookie_name: str
    attribute: str  # of the request, under which the pages within find who is visiting
    visitor: Callable[[str], Any]  # who keeps a visit by this secret; nothing where it is over
    form: type[forms.Form]
    ask_template: str
    sent: str
    home: str
    asked_too_often: str | Promise
    never_kept: frozenset[str] = frozenset()

    @property
    def cookie(self) -> str:
        """The cookie that keeps a visit. By its prefix, browsers take it only from this very site and over TLS."""
        return f"__Host-{self.cookie_name}" if settings.SESSION_COOKIE_SECURE else self.cookie_name

    def secret(self, request: HttpRequest) -> str:
        return request.COOKIES.get(self.cookie, "")

    def guard(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Have a page answer within a visit only, and keep it out of every cache.

        Look rows up through who is visiting, so that what is somebody else's is not found. Without a visit the answer
        is the page that asks for a link; what was posted is kept in it, to be sent again.
        """

        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
            visitor = self.visitor(self.secret(request))
            if not visitor:
                return self._visit_is_over(request)
            setattr(request, self.attribute, visitor)
            return view(request, *args, **kwargs)

        return token_page(wrapped)

    def ask(self, request: HttpRequest, ask_for_link: Callable[..., None]) -> HttpResponse:
        """Ask for a link; the answer is the same whether the address is known or not."""
        if request.method != "POST":
            return redirect(self.home) if self.visitor(self.secret(request)) else self.ask_page(request, self.form())
        if switches_language(request):
            return self.ask_page(request, self.form(initial=as_typed(self.form.base_fields, request.POST)))
        form = self.form(request.POST)
        if not form.is_valid():
            return self.ask_page(request, form)
        network = subnet(client_address(request))
        try:
            ask_for_link(email=form.cleaned_data["email"], network=network, language=page_language())
        except TooManyLinksError:
            form.add_error(None, str(self.asked_too_often))
            return self.ask_page(request, form, status=TOO_MANY_REQUESTS)
        return redirect(self.sent)

    def open(
        self,
        request: HttpRequest,
        *,
        template: str,
        about: Callable[[], Mapping[str, Any]],
        begin: Callable[[], str],
    ) -> HttpResponse:
        """Show a button; only the button opens, for mail programs follow links before people do."""
        try:
            if request.method == "POST" and not switches_language(request):
                return self._begin(begin())
            return render(request, template, {"minutes": MINUTES, **about()})
        except LinkExpiredError:
            return self.ask_page(request, self.form(), why="link")

    def forget(self, response: HttpResponse) -> HttpResponse:
        """Have the browser forget a visit that is over."""
        response.delete_cookie(self.cookie, samesite="Lax")
        return response

    def ask_page(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        why: str = "",
        kept: list[tuple[str, str]] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {"form": form, "why": why, "kept": kept, "minutes": MINUTES}
        return render(request, self.ask_template, context, status=status)

    def _begin(self, secret: str) -> HttpResponse:
        response = redirect(self.home)
        response.set_cookie(
            self.cookie,
            secret,
            max_age=int(SecretLink.VISIT_LASTS.total_seconds()),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _visit_is_over(self, request: HttpRequest) -> HttpResponse:
        dropped = NOT_KEPT | self.never_kept
        names = [name for name in request.POST if name not in dropped][:MOST_FIELDS_KEPT]
        kept = [(name, value) for name in names for value in request.POST.getlist(name)]
        return self.ask_page(request, self.form(), why="visit", kept=kept, status=FORBIDDEN)
