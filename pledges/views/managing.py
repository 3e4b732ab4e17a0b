"""The way to a supporter's own pages, and the guard that all of them stand behind."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.limits.addresses import client_address, subnet
from blueheart.pages import as_typed, form_page, public_page, switches_language, token_page
from pledges.forms.managing import AddressForm
from pledges.models import MailedLink
from pledges.services import visits

P = ParamSpec("P")
MINUTES = int(MailedLink.VISIT_LASTS.total_seconds()) // 60
# What a page may ask to have sent again after the visit was renewed.
MOST_FIELDS_KEPT = 40
NOT_KEPT = {"csrfmiddlewaretoken", "switch_language"}
TOO_MANY_REQUESTS = 429
FORBIDDEN = 403


class SupporterRequest(HttpRequest):
    """A request within a visit: whose pages it may see."""

    visit: visits.Visit


def supporter_page(view: Callable[Concatenate[SupporterRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a page of one mailbox: it answers within a visit only, with `request.visit`, and stays out of every cache.

    Look pledges up through `request.visit`, so that what is somebody else's is not found. Without a visit the answer is
    the page that asks for a link; what was posted is kept in it, to be sent again.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visit = visits.visit_of(request.COOKIES.get(visit_cookie(), ""))
        if visit is None:
            return _visit_is_over(request)
        of_supporter = cast(SupporterRequest, request)
        of_supporter.visit = visit
        return view(of_supporter, *args, **kwargs)

    return token_page(wrapped)


def visit_cookie() -> str:
    """The cookie that keeps a visit. By its prefix, browsers take it only from this very site and over TLS."""
    return "__Host-pledge" if settings.SESSION_COOKIE_SECURE else "pledge"


@form_page
def manage(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether the address is known or not."""
    if request.method != "POST":
        if visits.visit_of(request.COOKIES.get(visit_cookie(), "")):
            return redirect("pledges:manage_home")
        return _ask_page(request, AddressForm())
    if switches_language(request):
        return _ask_page(request, AddressForm(initial=as_typed(AddressForm.base_fields, request.POST)))
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _ask_page(request, form)
    network = subnet(client_address(request))
    try:
        visits.ask_for_link(email=form.cleaned_data["email"], network=network, language=page_language())
    except visits.TooManyLinksError:
        form.add_error(
            None,
            _("A link was asked for a moment ago, or several today. Look into your mail, or try again in ten minutes."),
        )
        return _ask_page(request, form, status=TOO_MANY_REQUESTS)
    return redirect("pledges:manage_sent")


@public_page
def manage_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has pledged."""
    return render(request, "pledges/manage/sent.html", {"minutes": MINUTES})


@token_page
def manage_open(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only the button opens, for mail programs follow links before people do."""
    try:
        if request.method == "POST" and not switches_language(request):
            return _begin_visit(visits.open_visit(token))
        link = visits.link_behind(token)
    except visits.LinkExpiredError:
        return _ask_page(request, AddressForm(), why="link")
    # Whose pledges they are: somebody else's link must not be taken for one's own.
    return render(request, "pledges/manage/open.html", {"minutes": MINUTES, "email": link.pledge.email})


@supporter_page
def manage_leave(request: SupporterRequest) -> HttpResponse:
    """End the visit, on this and on every other tab."""
    if request.method != "POST" or switches_language(request):
        return redirect("pledges:manage_home")
    visits.end_visit(request.COOKIES.get(visit_cookie(), ""))
    return forget_visit(render(request, "pledges/manage/left.html"))


def forget_visit(response: HttpResponse) -> HttpResponse:
    """Have the browser forget a visit that is over."""
    response.delete_cookie(visit_cookie(), samesite="Lax")
    return response


def _begin_visit(secret: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("pledges:manage_home"))
    response.set_cookie(
        visit_cookie(),
        secret,
        max_age=int(MailedLink.VISIT_LASTS.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _visit_is_over(request: HttpRequest) -> HttpResponse:
    names = [name for name in request.POST if name not in NOT_KEPT][:MOST_FIELDS_KEPT]
    kept = [(name, value) for name in names for value in request.POST.getlist(name)]
    return _ask_page(request, AddressForm(), why="visit", kept=kept, status=FORBIDDEN)


def _ask_page(
    request: HttpRequest,
    form: AddressForm,
    *,
    why: str = "",
    kept: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "why": why, "kept": kept, "minutes": MINUTES}
    return render(request, "pledges/manage/ask.html", context, status=status)
