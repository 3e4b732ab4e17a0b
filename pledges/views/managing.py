"""The way to a supporter's own pages, and the guard that all of them stand behind."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from blueheart.pages import form_page, public_page, switches_language, token_page
from blueheart.visits.pages import MINUTES, Door
from pledges.forms.managing import AddressForm
from pledges.services import visits

P = ParamSpec("P")
DOOR = Door(
    cookie_name="pledge",
    attribute="visit",
    visitor=visits.visit_of,
    form=AddressForm,
    ask_template="pledges/manage/ask.html",
    sent="pledges:manage_sent",
    home="pledges:manage_home",
    asked_too_often=_(
        "A link was asked for a moment ago, or several today. Look into your mail, or try again in ten minutes."
    ),
)


class SupporterRequest(HttpRequest):
    """A request within a visit: whose pages it may see."""

    visit: visits.Visit


def supporter_page(view: Callable[Concatenate[SupporterRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a page of one mailbox, as `Door.guard` says; look pledges up through `request.visit`."""
    return DOOR.guard(view)


@form_page
def manage(request: HttpRequest) -> HttpResponse:
    return DOOR.ask(request, visits.ask_for_link)


@public_page(numbers=False)
def manage_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has pledged."""
    return render(request, "pledges/manage/sent.html", {"minutes": MINUTES})


@token_page
def manage_open(request: HttpRequest, token: str) -> HttpResponse:
    """Whose pledges they are is said: somebody else's link must not be taken for one's own."""
    return DOOR.open(
        request,
        template="pledges/manage/open.html",
        about=lambda: {"email": visits.link_behind(token).pledge.email},
        begin=lambda: visits.open_visit(token),
    )


@supporter_page
def manage_leave(request: SupporterRequest) -> HttpResponse:
    """End the visit, on this and on every other tab."""
    if request.method != "POST" or switches_language(request):
        return redirect("pledges:manage_home")
    visits.end_visit(DOOR.secret(request))
    return DOOR.forget(render(request, "visits/left.html"))
