"""Where the site's pages stand: one table for the header, the siblings of a page, and the footer."""

from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
def header_links(context: dict[str, Any]) -> list[Link]:
    """The few entries of the header: one for each group of pages, and the wall."""
    here = _view_name(context)
    groups = [_group_link(group, here) for group in GROUPS if group.in_header]
    return [*groups, _link(WALL, here)]


@register.inclusion_tag("includes/section_nav.html", takes_context=True)
def section_nav(context: dict[str, Any]) -> dict[str, Any]:
    """The siblings of this page; nothing on pages that stand alone, nor where a form must not be left by accident."""
    here = _view_name(context)
    group = next((group for group in GROUPS if group.in_header and _holds(group, here)), None)
    links = [_link(place, here) for place in group.places] if group else []
    return {"group": group.name if group else "", "links": links}


@register.simple_tag(takes_context=True)
def footer_groups(context: dict[str, Any]) -> list[tuple["str | Promise", list[Link]]]:
    """Every group with all its pages."""
    here = _view_name(context)
    return [(group.name, [_link(place, here) for place in group.places]) for group in GROUPS]


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
