"""The way to a donor's own pages, and the guard that all of them stand behind."""

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
from donations.forms.own_gifts import AddressForm
from donations.models import Donor, GivingLink
from donations.services import donor_pages

P = ParamSpec("P")
MINUTES = int(GivingLink.LASTS.total_seconds()) // 60
# What a page may ask to have sent again after the visit was renewed.
MOST_FIELDS_KEPT = 40
NOT_KEPT = {"csrfmiddlewaretoken", "switch_language"}
TOO_MANY_REQUESTS = 429
FORBIDDEN = 403


class DonorRequest(HttpRequest):
    """A request within a visit: whose pages it may see."""

    donor: Donor


def donor_page(view: Callable[Concatenate[DonorRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a page of one donor: it answers within a visit only, with `request.donor`, and stays out of every cache.

    Look rows up through `request.donor`, so that what is somebody else's is not found. Without a visit the answer is
    the page that asks for a link; what was posted is kept in it, to be sent again.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        donor = donor_pages.visitor(request.COOKIES.get(visit_cookie(), ""))
        if donor is None:
            return _visit_is_over(request)
        of_donor = cast(DonorRequest, request)
        of_donor.donor = donor
        return view(of_donor, *args, **kwargs)

    return token_page(wrapped)


def visit_cookie() -> str:
    """The cookie that keeps a visit. By its prefix, browsers take it only from this very site and over TLS."""
    return "__Host-giving" if settings.SESSION_COOKIE_SECURE else "giving"


@form_page
def giving(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether the address is known or not."""
    if request.method != "POST":
        if donor_pages.visitor(request.COOKIES.get(visit_cookie(), "")):
            return redirect("donations:giving_home")
        return _ask_page(request, AddressForm())
    if switches_language(request):
        return _ask_page(request, AddressForm(initial=as_typed(AddressForm.base_fields, request.POST)))
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _ask_page(request, form)
    network = subnet(client_address(request))
    try:
        donor_pages.ask_for_link(email=form.cleaned_data["email"], network=network, language=page_language())
    except donor_pages.TooManyLinksError:
        form.add_error(None, _("Several links were asked for in the last hour. Please try again in an hour."))
        return _ask_page(request, form, status=TOO_MANY_REQUESTS)
    return redirect("donations:giving_sent")


@public_page
def giving_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has given."""
    return render(request, "donations/giving/sent.html", {"minutes": MINUTES})


@token_page
def giving_open(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only the button opens, for mail programs follow links before people do."""
    try:
        if request.method == "POST" and not switches_language(request):
            return _begin_visit(donor_pages.open_visit(token))
        link = donor_pages.link_behind(token)
    except donor_pages.LinkExpiredError:
        return _ask_page(request, AddressForm(), why="link")
    # Whose gifts they are: somebody else's link must not be taken for one's own.
    return render(request, "donations/giving/open.html", {"minutes": MINUTES, "email": link.donor.email})


@donor_page
def giving_leave(request: DonorRequest) -> HttpResponse:
    """End the visit, on this and on every other tab."""
    if request.method != "POST" or switches_language(request):
        return redirect("donations:giving_home")
    donor_pages.end_visit(request.COOKIES.get(visit_cookie(), ""))
    return forget_visit(render(request, "donations/giving/left.html"))


def forget_visit(response: HttpResponse) -> HttpResponse:
    """Have the browser forget a visit that is over."""
    response.delete_cookie(visit_cookie(), samesite="Lax")
    return response


def _begin_visit(secret: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("donations:giving_home"))
    response.set_cookie(
        visit_cookie(),
        secret,
        max_age=int(GivingLink.LASTS.total_seconds()),
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
    return render(request, "donations/giving/ask.html", context, status=status)
