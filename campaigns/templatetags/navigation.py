"""Where the site's pages stand: one table for the header, the siblings of a page, and the footer."""

from functools import cache
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.languages import page_language

register = template.Library()


class Place(NamedTuple):
    """A page in the navigation; on the pages of `below`, it is the one that leads back up.

    `language` is that of a page that has one only, for those who read the site in another.
    """

    view: str
    name: "str | Promise"
    below: tuple[str, ...] = ()
    language: str = ""


class Group(NamedTuple):
    """Pages that belong together; the first one stands for them in the header, under `name`."""

    name: "str | Promise"
    places: tuple[Place, ...]
    in_header: bool = True


GROUPS = (
    Group(
        _("About"),
        (
            Place("campaigns:about", _("The Blue Heart")),
            Place("campaigns:join", _("Who may join")),
            Place("campaigns:partners", _("Ambassadors and partners")),
            Place("campaigns:law", _("The law")),
            Place("campaigns:assistance", _("Assistance to States")),
        ),
    ),
    Group(
        _("Campaigns"),
        (
            Place("campaigns:campaign_list", _("All campaigns"), ("campaigns:campaign",)),
            Place("campaigns:world_day", _("World Day"), ("campaigns:world_day_edition",)),
            Place("campaigns:country_list", _("Countries"), ("campaigns:country",)),
            Place("campaigns:news", _("News"), ("campaigns:news_item",)),
        ),
    ),
    Group(
        _("Facts"),
        (
            Place("campaigns:fact_list", _("Facts and figures"), ("campaigns:fact",)),
            Place("campaigns:report_list", _("Global Report"), ("campaigns:report_edition",)),
            Place("campaigns:resources", _("Resources")),
            Place("api-1:openapi-view", _("Open data"), language="en"),
        ),
    ),
    Group(
        _("Trust Fund"),
        (
            Place("campaigns:trust_fund", _("The Fund")),
            Place(
                "campaigns:how_to_give", _("How to give"), ("donations:donate_by_bank", "donations:donate_by_bank_sent")
            ),
            Place("campaigns:projects", _("Published grants")),
            Place("donations:grants", _("Grants of this portal")),
            Place("donations:books", _("Open books")),
            Place("office:tracker", _("Tracker")),
            Place("donations:contributions", _("Contributions")),
            Place("donations:donors", _("Donor wall"), ("donations:report_donor", "donations:donor_reported")),
        ),
    ),
    Group(
        _("Take part"),
        (
            Place("pledges:pledge", _("Pledge to wear the heart"), ("pledges:pledge_campaign",)),
            Place("pledges:manage", _("Your pledge"), ("pledges:manage_home", "pledges:manage_sent")),
            Place("pledges:group_new", _("Open a group"), ("pledges:group_sent",)),
            Place("pledges:keep", _("Your groups"), ("pledges:keep_home", "pledges:keep_sent")),
            Place("pledges:hearts", _("The wall"), ("pledges:heart",)),
            Place("pledges:what_was_kept", _("What was kept")),
            Place("pledges:wear", _("The heart on your picture")),
            Place("pledges:embeds", _("The count on your site")),
            Place("donations:donate", _("Give"), ("donations:donate_campaign",)),
            Place("donations:giving", _("Your gifts"), ("donations:giving_home", "donations:giving_sent")),
            Place("donations:check_receipt", _("Check a receipt")),
        ),
        in_header=False,
    ),
    Group(
        _("Help"),
        (
            Place("campaigns:help", _("Helplines")),
            Place("campaigns:report", _("Report a case")),
            Place("campaigns:contact", _("Contact")),
            Place("campaigns:privacy", _("Privacy")),
            Place("campaigns:terms", _("Terms")),
            Place("campaigns:accessibility", _("Accessibility")),
        ),
        in_header=False,
    ),
)
WALL = Place("pledges:hearts", _("The wall"), ("pledges:heart",))


class Link(NamedTuple):
    """An entry as a template prints it; `current` is the value of aria-current: page, true, or nothing."""

    name: "str | Promise"
    url: str
    current: str
    language: str = ""


@register.simple_tag(takes_context=True)
def site_nav(context: dict[str, Any]) -> SafeString:
    """The few entries of the header: one for each group of pages, and the wall."""
    return _site_nav(page_language(), _place_of(context))


@register.simple_tag(takes_context=True)
def section_nav(context: dict[str, Any]) -> SafeString:
    """The siblings of this page; nothing on pages that stand alone, nor where a form must not be left by accident."""
    return _section_nav(page_language(), _place_of(context))


@register.simple_tag(takes_context=True)
def site_footer(context: dict[str, Any]) -> SafeString:
    """Every group with all its pages."""
    return _site_footer(page_language(), _place_of(context))


# Alike on every page of a place, and a third of what rendering one costs: printed once in each language.


@cache
def _site_nav(language: str, here: str) -> SafeString:
    groups = [_group_link(group, here) for group in GROUPS if group.in_header]
    return render_to_string("includes/site_nav.html", {"links": [*groups, _link(WALL, here)]})


@cache
def _section_nav(language: str, here: str) -> SafeString:
    group = next((group for group in GROUPS if group.in_header and _holds(group, here)), None)
    links = [_link(place, here) for place in group.places] if group else []
    return render_to_string("includes/section_nav.html", {"group": group.name if group else "", "links": links})


@cache
def _site_footer(language: str, here: str) -> SafeString:
    groups = [(group.name, [_link(place, here) for place in group.places]) for group in GROUPS]
    return render_to_string("includes/footer.html", {"groups": groups})


def _place_of(context: dict[str, Any]) -> str:
    """The name of the page's view where a place is told by it; empty for all others, which look alike."""
    here = _view_name(context)
    return here if any(_holds(group, here) for group in GROUPS) else ""


def _view_name(context: dict[str, Any]) -> str:
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    return match.view_name if match else ""


def _group_link(group: Group, here: str) -> Link:
    first = group.places[0]
    current = "page" if here == first.view else "true" if _holds(group, here) else ""
    return Link(group.name, reverse(first.view), current)


def _link(place: Place, here: str) -> Link:
    current = "page" if here == place.view else "true" if here in place.below else ""
    return Link(place.name, reverse(place.view), current, place.language)


def _holds(group: Group, here: str) -> bool:
    return any(here == place.view or here in place.below for place in group.places)
