"""The way to a donor's own pages, and the guard that all of them stand behind."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from blueheart.pages import form_page, public_page, switches_language, token_page
from blueheart.visits.pages import MINUTES, Door
from donations.forms.own_gifts import AddressForm
from donations.models import Donor
from donations.services import donor_pages

P = ParamSpec("P")
DOOR = Door(
    cookie_name="giving",
    attribute="donor",
    visitor=donor_pages.visitor,
    form=AddressForm,
    ask_template="donations/giving/ask.html",
    sent="donations:giving_sent",
    home="donations:giving_home",
    asked_too_often=_("Several links were asked for in the last hour. Please try again in an hour."),
)


class DonorRequest(HttpRequest):
    """A request within a visit: whose pages it may see."""

    donor: Donor


def donor_page(view: Callable[Concatenate[DonorRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a page of one donor, as `Door.guard` says; look rows up through `request.donor`."""
    return DOOR.guard(view)


@form_page
def giving(request: HttpRequest) -> HttpResponse:
    return DOOR.ask(request, donor_pages.ask_for_link)


@public_page(numbers=False)
def giving_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has given."""
    return render(request, "donations/giving/sent.html", {"minutes": MINUTES})


@token_page
def giving_open(request: HttpRequest, token: str) -> HttpResponse:
    """Whose gifts they are is said: somebody else's link must not be taken for one's own."""
    return DOOR.open(
        request,
        template="donations/giving/open.html",
        about=lambda: {"email": donor_pages.link_behind(token).donor.email},
        begin=lambda: donor_pages.open_visit(token),
    )


@donor_page
def giving_leave(request: DonorRequest) -> HttpResponse:
    """End the visit, on this and on every other tab."""
    if request.method != "POST" or switches_language(request):
        return redirect("donations:giving_home")
    donor_pages.end_visit(DOOR.secret(request))
    return DOOR.forget(render(request, "visits/left.html"))
