"""What a picture says of each page: one table of kinds, and one of the pages that are about no single row."""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db.models import Model
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import DEFAULT_LANGUAGE, countries, country_name, page_language
from campaigns.models import Campaign, Country, Fact, NewsItem, ReportEdition, WorldDayEdition
from campaigns.models.content import Certainty, Sourced
from campaigns.printing import in_page_language, when
from campaigns.share.picture import Picture, Words

HOME, FUND, PROJECTS = "home", "trust-fund", "projects"
NOTHING = Words("", DEFAULT_LANGUAGE)


class Subject(NamedTuple):
    """The words of a picture, from top to bottom."""

    title: Words
    eyebrow: Words = NOTHING
    text: Words = NOTHING
    note: Words = NOTHING


class Page(NamedTuple):
    """What the picture of a page about no single row says."""

    title: str | Promise
    text: str | Promise


# Each under the first part of its address, which also stands for the pages below it, or under the second one below that
# of the Fund; the home page for all others.
PAGES = {
    HOME: Page(
        gettext_lazy("Wear the Blue Heart"),
        gettext_lazy("Show solidarity with people who were trafficked."),
    ),
    "about": Page(
        gettext_lazy("About the Blue Heart"),
        gettext_lazy("What the heart means, and what trafficking in persons is."),
    ),
    "join": Page(
        gettext_lazy("Join the Blue Heart"),
        gettext_lazy("For governments, for organisations, and for each of us."),
    ),
    "partners": Page(
        gettext_lazy("Ambassadors and partners"),
        gettext_lazy("Who carries the Blue Heart, and since when."),
    ),
    "assistance": Page(
        gettext_lazy("Help for those who act against trafficking"),
        gettext_lazy("How the United Nations help countries to write laws and apply them."),
    ),
    "law": Page(
        gettext_lazy("Law and institutions"),
        gettext_lazy("The Protocol, resolutions and directives, in the order in which they came."),
    ),
    "help": Page(
        gettext_lazy("Helplines by country"),
        gettext_lazy("We are not a helpline. Here is yours."),
    ),
    "facts": Page(
        gettext_lazy("Facts and their sources"),
        gettext_lazy("Each number with its source, its year and where it holds."),
    ),
    "countries": Page(
        gettext_lazy("Countries that joined"),
        gettext_lazy("Who adopted the Blue Heart, when, and who says so."),
    ),
    "campaigns": Page(
        gettext_lazy("Campaigns"),
        gettext_lazy("Pledge for one, or give to it."),
    ),
    "world-day": Page(
        gettext_lazy("World Day against Trafficking in Persons"),
        gettext_lazy("30 July, every year."),
    ),
    "global-report": Page(
        gettext_lazy("Global Report on Trafficking in Persons"),
        gettext_lazy("What each edition found, with its data as charts and tables."),
    ),
    "resources": Page(
        gettext_lazy("Resources"),
        gettext_lazy("Toolkits, publications, videos and symbols to use."),
    ),
    "news": Page(
        gettext_lazy("News"),
        gettext_lazy("What happens in the campaign."),
    ),
    FUND: Page(
        gettext_lazy("The Trust Fund for victims"),
        gettext_lazy("Whom it helps, and how."),
    ),
    "how-to-give": Page(
        gettext_lazy("How to give to the Trust Fund"),
        gettext_lazy("As a person, a government, an institution or a company."),
    ),
    "contributions": Page(
        gettext_lazy("Contributions to the Trust Fund on this portal"),
        gettext_lazy("What was promised on this portal, and what was paid. Test mode: no real money moves."),
    ),
    "donors": Page(
        gettext_lazy("The donor wall"),
        gettext_lazy("Names and words of people who gave here. Test mode: no real money moves."),
    ),
    PROJECTS: Page(
        gettext_lazy("Projects of the Trust Fund"),
        gettext_lazy("Which organisations the Trust Fund has supported, and where."),
    ),
    "pledge": Page(
        gettext_lazy("Pledge to wear the Blue Heart"),
        gettext_lazy("Choose what you will do against trafficking in persons."),
    ),
    "hearts": Page(
        gettext_lazy("The wall of hearts"),
        gettext_lazy("Everyone who pledged to wear the Blue Heart, newest first."),
    ),
    "donate": Page(
        gettext_lazy("Give to victims’ support"),
        gettext_lazy("Test mode: no real money moves."),
    ),
}


def picture(kind: str, slug: str, language: str) -> Picture | None:
    """The picture of one page in one language; None where there is no such page for readers."""
    find = KINDS.get(kind)
    if find is None or language not in dict(settings.LANGUAGES):
        return None
    with translation.override(language):
        subject = find(slug)
        if subject is None:
            return None
        return Picture(
            language=language,
            eyebrow=subject.eyebrow,
            title=subject.title,
            text=subject.text,
            note=subject.note,
            site_name=str(settings.SITE_NAME),
            standing=_("Independent · test mode · not an official UN site"),
        )


def page_slug(path: str) -> str:
    """Which of the pages stands for an address, given without its language: `hearts` for `hearts/abc/report/`."""
    first, _slash, rest = path.partition("/")
    if first == FUND and (below := rest.split("/")[0]) in PAGES:
        return below  # the Fund's pages have pictures of their own
    return first if first in PAGES else HOME


def _page_subject(slug: str) -> Subject | None:
    page = PAGES.get(slug)
    return Subject(_ours(page.title), text=_ours(page.text)) if page else None


def _campaign(slug: str) -> Subject | None:
    campaign = Campaign.objects.published().select_related("country").filter(slug=slug).first()
    if campaign is None:
        return None
    kind = str(campaign.get_kind_display())
    place = country_name(campaign.country.iso2, page_language()) if campaign.country else ""
    eyebrow = " · ".join(filter(None, (kind[:1].upper() + kind[1:], place)))
    return Subject(_said(campaign, "title"), _ours(eyebrow), _said(campaign, "summary"))


def _country(slug: str) -> Subject | None:
    """Any country has a picture, for any may have a page; the day it joined stands only where a source says it."""
    iso2 = slug.upper()
    if slug != slug.lower() or iso2 not in dict(countries(page_language())):
        return None
    title, eyebrow = _ours(country_name(iso2, page_language())), _ours(_("Countries"))
    joined = Country.objects.published().select_related("source").filter(iso2=iso2).first()
    if joined is None:
        return Subject(title, eyebrow)
    date = when(joined.joined_on, joined.joined_precision)
    return Subject(title, eyebrow, _ours(_("Joined the campaign: %(date)s") % {"date": date}), _who_says(joined))


def _fact(slug: str) -> Subject | None:
    fact = Fact.objects.published().with_source().filter(slug=slug).first()
    if fact is None:
        return None
    value, unit = _said(fact, "value"), _said(fact, "unit")
    period = _said(fact, "period").text or str(fact.year)
    eyebrow = f"{_said(fact, 'scope').text}, {period}"
    if fact.is_superseded:
        eyebrow += " · " + _("superseded")
    title = Words(f"{value.text} {unit.text}".strip(), unit.language if unit.text else value.language)
    return Subject(title, Words(eyebrow, _said(fact, "scope").language), _said(fact, "statement"), _who_says(fact))


def _news(slug: str) -> Subject | None:
    item = NewsItem.objects.published().filter(slug=slug).first()
    if item is None:
        return None
    eyebrow = " · ".join((_("News"), when(item.dated_on)))
    return Subject(_said(item, "title"), _ours(eyebrow), _said(item, "summary"))


def _report(slug: str) -> Subject | None:
    edition = ReportEdition.objects.published().filter(year=int(slug)).first() if _is_year(slug) else None
    if edition is None:
        return None
    title = " ".join((_("Global Report on Trafficking in Persons"), slug))
    return Subject(_ours(title), _said(edition, "ordinal"), _said(edition, "summary"))


def _world_day(slug: str) -> Subject | None:
    edition = WorldDayEdition.objects.published().filter(year=int(slug)).first() if _is_year(slug) else None
    if edition is None:
        return None
    name = _("World Day against Trafficking in Persons")
    date = when(edition.day)
    note = Words(edition.hashtag, DEFAULT_LANGUAGE)
    if theme := _said(edition, "theme").text:
        title = Words(theme, _said(edition, "theme").language)
        return Subject(title, _ours(date), _ours(name), note)
    return Subject(_ours(name), _ours(date), _said(edition, "summary"), note)


# Adding a kind of page is adding a line here: it gets the slug, in the page's language, and says what there is.
KINDS: dict[str, Callable[[str], Subject | None]] = {
    "page": _page_subject,
    "campaign": _campaign,
    "country": _country,
    "fact": _fact,
    "news": _news,
    "report": _report,
    "world-day": _world_day,
}


def _said(row: Model, field: str) -> Words:
    """A row's text, and the language that it is in."""
    text, is_native = in_page_language(row, field)
    return Words(text, page_language() if is_native else DEFAULT_LANGUAGE)


def _ours(text: str | Promise) -> Words:
    return Words(str(text), page_language())


def _who_says(stated: Sourced) -> Words:
    """Who says so: a number or a date goes nowhere without it, not into a picture either."""
    if stated.certainty == Certainty.B:
        return _ours(_("As reported by %(reporter)s") % {"reporter": stated.reported_by})
    source = stated.source
    published = f"{source.publisher}, {source.year}" if source.year else source.publisher
    return _ours(_("Source: %(source)s") % {"source": published})


def _is_year(slug: str) -> bool:
    return len(slug) == 4 and slug.isascii() and slug.isdigit()
