"""Every public page and answer of a database in English, by what it is; Django is set up where this is imported.

The list is whole: an address of the site map that stands neither here nor in `OF_ONE_VISITOR` is an error.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import URLResolver, get_resolver, resolve

from benchmarks.budgets import WrongAnswerError
from blueheart.api import lists
from campaigns.models import Campaign, Fact, NewsItem, ReportEdition
from donations.models import Donation
from donations.wall import shown as gifts_shown
from pledges.models import CountryTally, Fulfilment, Group, HeartPhoto, Pledge

# Behind a mailed link, a session or a development's own door; or no page at all.
OF_ONE_VISITOR = (
    frozenset(
        f"{app}:{name}"
        for app, names in {
            "pledges": "code confirm kept kept_thanks manage_data manage_download manage_erase manage_erase_all "
            "manage_home manage_leave manage_open manage_promise manage_shown manage_withdraw keep_change keep_close "
            "keep_count_in "
            "keep_group keep_hearts keep_home keep_leave keep_open keep_take_back",
            "donations": "thanks giving_by_bank giving_download giving_erase giving_gift giving_home giving_leave "
            "giving_open giving_privacy giving_refund giving_shown monthly_gift monthly_gift_amount monthly_gift_card "
            "monthly_gift_end monthly_gift_pause monthly_gift_resume receipt receipt_pdf statement statement_pdf",
        }.items()
        for name in names.split()
    )
    | {"csp_report", "stripe_webhook", "mail_list", "mail_page", "mail_attached", "media", "api-1:api-root", "root"}
    | {"metrics"}
)
ROWS = 5  # of a list that the small database cannot fill: as many in both, so that finding is compared and not printing
GROUP = "benchmark"
CAMPAIGN_PAGES = (
    "about accessibility assistance campaigns contact countries facts global-report help join law news "
    "partners privacy report resources search terms trust-fund trust-fund/how-to-give trust-fund/projects "
    "world-day "
)
PLEDGE_PAGES = (
    "pledge pledge/blue-heart pledge/check-your-mail pledge/thanks pledge/manage pledge/manage/check-your-mail "
    "wear embeds groups/new groups/new/check-your-mail groups/keep groups/keep/check-your-mail "
)
MONEY_PAGES = (
    "donate donate/blue-heart giving giving/check-your-mail receipts/check trust-fund/grants trust-fund/books "
    "trust-fund/by-bank trust-fund/by-bank/check-your-mail trust-fund/contributions trust-fund/donors/thank-"
    "you "
)
API_LISTS = (
    "campaigns campaigns/blue-heart countries facts global-reports data-tables grants grants/cycles "
    "contributions grants/portal ledger/summary stats "
)


def make_missing_rows() -> None:
    """A group, of which `seed_load` makes none; to be rolled back."""
    Group.objects.create(
        code=GROUP, campaign=Campaign.objects.get(slug="blue-heart"), name="A school", kind=Group.Kind.SCHOOL,
        country="PT", language="en", target=100, status=Group.Status.APPROVED,
        decided_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip


def public() -> dict[str, str]:
    """The address of each; raises `WrongAnswerError` where one of the site map is missing."""
    paths = dict(_pages()) | dict(_hearts()) | dict(_money()) | dict(_for_machines()) | dict(_api())
    found = {resolve(path.partition("?")[0]).view_name for path in paths.values()}
    if missing := set(_names(get_resolver())) - found - OF_ONE_VISITOR:
        raise WrongAnswerError(f"addresses without an example to measure: {sorted(missing)}")
    return paths


def _names(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLResolver):
            if pattern.name:
                yield ":".join((*spaces, pattern.name))
        elif pattern.namespace != "admin":
            yield from _names(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)


def _pages() -> Iterator[tuple[str, str]]:
    """What the campaign says: as much of it in every database."""
    yield "home", "/en/"
    for page in CAMPAIGN_PAGES.split():
        yield page, f"/en/{page}/"
    yield "search for a word", "/en/search/?q=heart"
    yield "campaign", "/en/campaigns/blue-heart/"
    yield "a country's page", f"/en/countries/{_largest_country().lower()}/"
    yield "fact", f"/en/facts/{_first(Fact.objects.order_by('pk'), 'slug')}/"
    yield "news item", f"/en/news/{_first(NewsItem.objects.order_by('pk'), 'slug')}/"
    yield "report edition", f"/en/global-report/{_first(ReportEdition.objects.order_by('-year'), 'year')}/"
    yield "World Day edition", "/en/world-day/2025/"
    yield "World Day events", "/en/world-day/2025/events.ics"
    yield "news feed", "/en/news/feed/"


def _hearts() -> Iterator[tuple[str, str]]:
    """Pledges: the first page, one in the middle, and choices that many or few hearts meet."""
    shown = Pledge.objects.shown()
    middle, country = _last_number() // 2, _largest_country()
    named = shown.exclude(public_name="").order_by("-number")
    heart = f"/en/hearts/{_first(named, 'public_id')}/"
    rare = _smallest_country()
    bodies = shown.filter(kind=Pledge.Kind.ORGANISATION)
    photos, words = HeartPhoto.objects.shown(), Fulfilment.objects.with_shown_words()
    yield "wall, first page", "/en/hearts/"
    yield "wall, in the middle", f"/en/hearts/?before={middle}"
    yield "wall, newer than the middle", f"/en/hearts/?after={middle}"
    yield "wall of the largest country", f"/en/hearts/?country={country}"
    yield "the same in the middle", f"/en/hearts/?country={country}&before={middle}"
    yield "end of the wall of a small country", f"/en/hearts/?country={rare}&{_last(shown.filter(country=rare))}"
    yield "wall of a campaign", "/en/hearts/?campaign=blue-heart"
    yield "end of the wall of organisations", f"/en/hearts/?kind=organisation&{_last(bodies)}"
    yield "wall of a day", f"/en/hearts/?on={_first(shown.filter(number=middle), 'confirmed_at').date()}"
    yield "heart", heart
    yield "heart's card", f"{heart}card.png"
    yield "heart's certificate", f"{heart}certificate.pdf"
    yield "report a heart", f"{heart}report/"
    yield "heart was reported", "/en/hearts/thank-you/"
    at = f"{_last(photos, 'pk', 'photos')}&{_last(words, 'pk', 'words')}"
    yield "what was kept, last page", f"/en/hearts/kept/?{at}"
    yield "what was kept in a country", f"/en/hearts/kept/?country={country.lower()}&{at}"
    for page in PLEDGE_PAGES.split():
        yield page, f"/en/{page}/"
    for page in ("", "join/", "joined/", "poster.pdf", "qr.svg", "sheet.pdf"):
        yield f"group {page}".strip(" /"), f"/en/groups/{GROUP}/{page}"


def _money() -> Iterator[tuple[str, str]]:
    """Gifts, and both side by side."""
    gifts = gifts_shown().order_by("-pk")
    middle = Donation.objects.filter(pk__gte=_first(gifts, "pk") // 2).order_by("pk")
    yield "tracker", "/en/tracker/"
    yield "donor wall, first page", "/en/trust-fund/donors/"
    yield "donor wall, in the middle", f"/en/trust-fund/donors/?before={_first(middle, 'public_id')}"
    yield "report a donor", f"/en/trust-fund/donors/{_first(gifts, 'public_id')}/report/"
    for page in MONEY_PAGES.split():
        yield page, f"/en/{page}/"


def _for_machines() -> Iterator[tuple[str, str]]:
    for path in ("healthz", "readyz", "robots.txt", ".well-known/security.txt", "sitemap.xml"):
        yield path, f"/{path}"
    yield "share picture", "/share/campaign/blue-heart/en.png"
    yield "counter to embed", "/embed/counter/"
    yield "counter of a campaign", "/embed/counter/?campaign=blue-heart"
    yield "badge", "/badge.svg?campaign=blue-heart"


def _api() -> Iterator[tuple[str, str]]:
    api, middle = "/api/v1", _last_number() // 2
    cursor = lists._signer().sign_object([f"{api}/pledges", middle])
    yield "API description", f"{api}/openapi.json"
    yield "API page", f"{api}/docs"
    for answer in API_LISTS.split():
        yield f"API {answer}", f"{api}/{answer}"
    yield "API facts as CSV", f"{api}/facts?format=csv"
    yield "API ledger/summary as CSV", f"{api}/ledger/summary?format=csv"
    yield "API pledges by country", f"{api}/pledges/by-country?limit=20"
    yield "API pledges by country of a campaign", f"{api}/pledges/by-country?campaign=blue-heart&limit=20"
    yield "API pledges", f"{api}/pledges?limit=50"
    yield "API pledges, in the middle", f"{api}/pledges?limit=50&cursor={cursor}"
    yield "API pledges of a country", f"{api}/pledges?limit=50&country={_largest_country()}"


def _last_number() -> int:
    return int(_first(Pledge.objects.shown().order_by("-number"), "number"))


def _largest_country() -> str:
    return str(_first(CountryTally.objects.order_by("-confirmed"), "country"))


def _smallest_country() -> str:
    """The one with the fewest hearts that fill an end of the wall."""
    return str(_first(CountryTally.objects.filter(confirmed__gt=2 * ROWS).order_by("confirmed", "country"), "country"))


def _last(rows: "QuerySet[Any]", order: str = "number", query: str = "before") -> str:
    """The part of an address that leads to the last rows of a list, as many of them in every database."""
    above = rows.order_by(order).values_list(order, flat=True)[ROWS : ROWS + 1]
    return f"{query}={above[0]}" if above else ""


def _first(rows: "QuerySet[Any]", name: str) -> Any:
    """A value of the first row; raises `WrongAnswerError` where there is none."""
    found = rows.values_list(name, flat=True).first()
    if found is None:
        raise WrongAnswerError(f"no {rows.model._meta.verbose_name} to show")
    return found
