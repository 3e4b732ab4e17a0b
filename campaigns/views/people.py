"""The symbol and the people around it: who may join, who lends it a voice, and help for professionals."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from blueheart.pages import public_page
from campaigns.models import Campaign, Fact, Milestone, Partner, Resource, Source

JOINING = "unodc-join"  # UNODC's own page on who may join and how
FLYER = "unodc-world-day-2016"  # where UNODC's technical assistance is described
GOVERNMENTS_PACTS = ("pact-with-the-heart", "panama-joins", "colombia-pacts-2016", "bolivia-joins")
COURTS = ("vulnerability-before-the-courts", "few-brought-to-justice")
VULNERABILITY = ("kinds-of-vulnerability", "grounds-of-vulnerability", "anyone-can-become-a-victim")
ABOUT_FACTS = 6
PROFESSIONALS = (Resource.Audience.PRACTITIONERS, Resource.Audience.POLICYMAKERS)
PARTNER_HEADINGS = {
    Partner.Kind.AMBASSADOR: _("Goodwill ambassadors"),
    Partner.Kind.VOICE: _("Survivors who speak"),
    Partner.Kind.SPORT: _("Sport"),
    Partner.Kind.CULTURE: _("Music, film and comics"),
    Partner.Kind.TRAVEL: _("Travel"),
    Partner.Kind.MEDIA: _("Media"),
}


@public_page(numbers=False)
def about(request: HttpRequest) -> HttpResponse:
    context = {
        "campaign": Campaign.objects.main(),
        "joining": source(JOINING),
        "history": Milestone.objects.published().filter(kind=Milestone.Kind.CAMPAIGN).with_source(),
        "facts": Fact.objects.published().current().filter(topic=Fact.Topic.CAMPAIGN).with_source()[:ABOUT_FACTS],
    }
    return render(request, "campaigns/about.html", context)


@public_page(numbers=False)
def join(request: HttpRequest) -> HttpResponse:
    pacts = Milestone.objects.published().filter(slug__in=GOVERNMENTS_PACTS).with_source()
    return render(request, "campaigns/join.html", {"joining": source(JOINING), "pacts": pacts})


@public_page(numbers=False)
def partners(request: HttpRequest) -> HttpResponse:
    """Ambassadors first, then partners by kind; kinds without anybody are left out."""
    listed = list(Partner.objects.published().with_source())
    groups = [
        (kind, heading, [partner for partner in listed if partner.kind == kind])
        for kind, heading in PARTNER_HEADINGS.items()
    ]
    return render(request, "campaigns/partners.html", {"groups": [group for group in groups if group[2]]})


@public_page(numbers=False)
def assistance(request: HttpRequest) -> HttpResponse:
    shown = {fact.slug: fact for fact in _facts(*VULNERABILITY, *COURTS)}
    context: dict[str, Any] = {
        "flyer": source(FLYER),
        "vulnerability": [shown[slug] for slug in VULNERABILITY if slug in shown],
        "courts": [shown[slug] for slug in COURTS if slug in shown],
        "resources": Resource.objects.published().for_audiences(*PROFESSIONALS).with_source()[:12],
    }
    return render(request, "campaigns/assistance.html", context)


def source(slug: str) -> Source | None:
    """A source that a page as a whole rests on; None where it was not loaded."""
    return Source.objects.filter(slug=slug).first()


def _facts(*slugs: str) -> list[Fact]:
    return list(Fact.objects.published().filter(slug__in=slugs).with_source())
