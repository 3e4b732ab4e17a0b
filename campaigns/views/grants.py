"""The Trust Fund and the projects that it supported, as the United Nations published them."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import countries, country_name, page_language
from blueheart.pages import public_page
from blueheart.tables import Cell, csv_download
from campaigns import schema_org
from campaigns.models import Fact, GrantCycle, Milestone, PublishedGrant, Source
from campaigns.printing import as_known, in_page_language
from campaigns.views.query import asked, asks_for_csv, page_of
from campaigns.views.tables import SOURCE_COLUMNS, source_cells

PER_PAGE = 50
FUND_SITE = "unvtf-site"  # the source whose address is the Fund's own site
# Which facts stand beside the text that they belong to. All others of the topic are listed as figures, but for those
# of one country: they are about one project, and the projects have a page.
OF_THE_MANDATE = ("fund-mandate", "fund-board", "fund-leading-donor")
OF_PEOPLE = ("shakti-samuha", "different-and-equal")
SORTS = ("newest", "country", "organisation")
COLUMNS = (
    "cycle", "announced", "announced_precision", "organisation", "iso2", "country", "amount_usd", "months", "purpose",
    *SOURCE_COLUMNS,
)  # fmt: skip


@public_page
def trust_fund(request: HttpRequest) -> HttpResponse:
    facts = list(Fact.objects.published().filter(topic=Fact.Topic.TRUST_FUND).with_source())
    figures = [fact for fact in facts if fact.slug not in OF_THE_MANDATE + OF_PEOPLE and not fact.iso2]
    by_slug = {fact.slug: fact for fact in facts}
    context = {
        "mandate": [by_slug[slug] for slug in OF_THE_MANDATE if slug in by_slug],
        "people": [by_slug[slug] for slug in OF_PEOPLE if slug in by_slug],
        "figures": [fact for fact in figures if not fact.is_superseded],
        "earlier_figures": [fact for fact in figures if fact.is_superseded],
        "milestones": Milestone.objects.published().filter(kind=Milestone.Kind.TRUST_FUND).with_source(),
        "fund_site": _fund_site(),
        "linked_data": schema_org.donate_action(),
    }
    return render(request, "campaigns/trust_fund.html", context)


@public_page(numbers=False)
def how_to_give(request: HttpRequest) -> HttpResponse:
    """Giving as a person, a government, an institution: on this portal a trial, and for real at the Fund alone."""
    return render(request, "campaigns/how_to_give.html", {"fund_site": _fund_site()})


@public_page(query=("cycle", "country", "sort", "format", "page"), numbers=False)
def projects(request: HttpRequest) -> HttpResponse:
    """The Fund's cycles, and its published projects: by cycle and country, sorted, in pages or as CSV."""
    language = page_language()
    grants = PublishedGrant.objects.published()
    codes = set(grants.order_by().values_list("iso2", flat=True).distinct())
    listed = [(code, name) for code, name in countries(language) if code in codes]
    typed = {name: asked(request, name) for name in ("cycle", "country", "sort")}
    chosen = {name: value for name, value in typed.items() if value}
    found = _sorted(_filtered(grants, chosen), chosen.get("sort", ""), [code for code, _name in listed])
    if asks_for_csv(request):
        return csv_download("trust-fund-projects", COLUMNS, _rows(found, language))
    page = page_of(request, found, PER_PAGE)
    context = {
        "cycles": GrantCycle.objects.published().with_source(),
        "countries": listed,
        "chosen": chosen,
        "sorts": list(zip(SORTS, (_("newest call first"), _("by country"), _("by organisation")), strict=True)),
        "page": page,
        "query": urlencode(chosen),
        "is_filtered": "cycle" in chosen or "country" in chosen,
    }
    return render(request, "campaigns/projects.html", context)


def _fund_site() -> Source | None:
    return Source.objects.filter(slug=FUND_SITE).first()


def _filtered(grants: "QuerySet[PublishedGrant]", chosen: dict[str, str]) -> "QuerySet[PublishedGrant]":
    if cycle := chosen.get("cycle"):
        grants = grants.filter(cycle__slug=cycle)
    if country := chosen.get("country"):
        grants = grants.filter(iso2=country.upper())
    return grants.select_related("cycle", "source__read_in")


def _sorted(grants: "QuerySet[PublishedGrant]", sort: str, codes: list[str]) -> "QuerySet[PublishedGrant]":
    """In the order asked for, countries by their names in the page's language; always the same one."""
    if not codes:
        return grants.none()
    places = [When(iso2=code, then=Value(place)) for place, code in enumerate(codes)]
    by_country = Case(*places, default=Value(len(codes)))
    # Rows without a name of their own come last.
    by_name = Case(When(organisation="", then=Value(1)), default=Value(0))
    match sort:
        case "country":
            return grants.order_by(by_country, "-cycle__announced_on", "slug")
        case "organisation":
            return grants.order_by(by_name, "organisation", by_country, "slug")
        case _newest:
            return grants.order_by("-cycle__announced_on", "cycle__slug", by_country, "slug")


def _rows(grants: "Iterable[PublishedGrant]", language: str) -> "Iterable[list[Cell]]":
    for grant in grants:
        yield [
            in_page_language(grant.cycle, "name")[0],
            as_known(grant.cycle.announced_on, grant.cycle.announced_precision),
            grant.cycle.announced_precision,
            grant.organisation,
            grant.iso2,
            country_name(grant.iso2, language),
            grant.amount_usd,
            grant.months,
            in_page_language(grant, "purpose")[0],
            *source_cells(grant),
        ]
