"""What holds on this site: privacy, terms, and how accessible it is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.pages import public_page
from campaigns.contact import contact_address


@public_page(numbers=False)
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/privacy.html", {"contact": contact_address()})


@public_page(numbers=False)
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/terms.html", {"contact": contact_address()})


@public_page(numbers=False)
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/accessibility.html", {"contact": contact_address()})
