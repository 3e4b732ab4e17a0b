"""What of each kind of content search looks through, and which address it leads to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unicodedata import normalize

from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES, country_name
from campaigns.markdown import to_html
from campaigns.models import (
    EUROPEAN_UNION,
    Campaign,
    Country,
    DataTable,
    Event,
    Fact,
    GrantCycle,
    Helpline,
    LegalInstrument,
    Milestone,
    NewsItem,
    Partner,
    PublishedGrant,
    ReportEdition,
    Resource,
    SearchEntry,
    WorldDayEdition,
)
from campaigns.models.content import Content
from campaigns.printing import with_unit
from campaigns.search.html_text import prose_text
from campaigns.translation import translated_fields

LONGEST_BODY = 60_000
COUNTRY_WEIGHT = 1.5  # who types a country's name wants its page
Kind = SearchEntry.Kind


class Text(NamedTuple):
    """Words, and the language they are in: English where the asked one is missing."""

    text: str
    language: str


Reading = Callable[[Any, str], Text]  # what a row says, for readers of a language


@dataclass(frozen=True)
class Documented:
    """How the rows of one model become entries; `within` names a row that must be public too."""

    model: type[Content]
    kind: SearchEntry.Kind
    path: Callable[[Any], str]
    title: Reading
    summary: tuple[Reading, ...] = ()
    body: tuple[Reading, ...] = ()
    is_own_page: bool = False
    weight: float = 1
    related: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    dependents: Callable[[Any], Iterable[Content]] = field(default=lambda row: ())


def plain(name: str) -> Reading:
    """The field's words in the language; in English where it has none."""

    def read(row: Any, language: str) -> Text:
        owner, _dot, attribute = name.rpartition("__")
        holder = getattr(row, owner) if owner else row
        if holder is None:
            return Text("", language)
        if attribute not in translated_fields(type(holder)):
            return Text(str(getattr(holder, attribute) or ""), language)
        own = getattr(holder, build_localized_fieldname(attribute, language)) or ""
        english = getattr(holder, build_localized_fieldname(attribute, DEFAULT_LANGUAGE)) or ""
        return Text(own, language) if own else Text(english, DEFAULT_LANGUAGE)

    return read


def prose(name: str) -> Reading:
    """The same of a Markdown field, as its readers see it."""

    def read(row: Any, language: str) -> Text:
        text, its_language = plain(name)(row, language)
        return Text(prose_text(to_html(text)), its_language)

    return read


def country_of(row: Any, language: str) -> Text:
    """The name of the row's country; nothing where it has none."""
    if row.iso2 == EUROPEAN_UNION:
        return Text(_("European Union"), language)
    return Text(country_name(row.iso2, language) if row.iso2 else "", language)


def figure(row: Fact, language: str) -> Text:
    value, unit = plain("value")(row, language), plain("unit")(row, language)
    return Text(with_unit(value.text, unit.text, unit.language), _joined([value, unit], language).language)


def world_day(row: WorldDayEdition, language: str) -> Text:
    return Text(_("World Day against Trafficking in Persons %(year)s") % {"year": row.year}, language)


def global_report(row: ReportEdition, language: str) -> Text:
    return Text(_("Global Report on Trafficking in Persons %(year)s") % {"year": row.year}, language)


def supported(row: PublishedGrant, language: str) -> Text:
    return Text(row.organisation, language) if row.organisation else country_of(row, language)


def own_page(row: Any) -> str:
    return below_the_language(row.get_absolute_url())


def on(name: str, *, anchor: bool = False) -> Callable[[Any], str]:
    """The place of the row on a page that shows many."""

    def path(row: Any) -> str:
        return path_of(name) + (f"#{row.slug}" if anchor else "")

    return path


def country_path(row: Any) -> str:
    """The page of the row's country. Raises `NoReverseMatch` for rows of no country that has one."""
    if not is_country(row.iso2):
        raise NoReverseMatch(row.iso2)
    return path_of("campaigns:country", row.iso2.lower())


def is_country(iso2: str) -> bool:
    return country_name(iso2, DEFAULT_LANGUAGE) != iso2


def helpline_path(row: Helpline) -> str:
    if row.iso2 == EUROPEAN_UNION:
        return f"{path_of('campaigns:help')}#{EUROPEAN_UNION}"
    return f"{country_path(row)}#helplines"


def event_path(row: Event) -> str:
    shown_by = row.edition or row.campaign
    return own_page(shown_by) if shown_by else path_of("campaigns:world_day")


def table_path(row: DataTable) -> str:
    return own_page(row.edition) if row.edition else path_of("campaigns:report_list")


def path_of(name: str, *args: str) -> str:
    """A page's address below the language. Raises `NoReverseMatch` where there is no such page."""
    return below_the_language(reverse(name, args=args))


def below_the_language(address: str) -> str:
    return address.removeprefix(reverse("campaigns:home"))


DOCUMENTED = (
    Documented(
        Campaign, Kind.CAMPAIGN, own_page, plain("title"), (plain("summary"),), (prose("body"),),
        is_own_page=True, weight=1.3, dependents=lambda row: row.events.all(),
    ),
    Documented(
        Fact, Kind.FACT, own_page, figure, (plain("statement"),),
        (plain("scope"), plain("year"), plain("period"), plain("population"), plain("source__publisher"),
         plain("source__title"), plain("reported_by")),
        is_own_page=True, related=("source",),
    ),
    Documented(
        ReportEdition, Kind.REPORT, own_page, global_report, (plain("ordinal"), plain("summary")),
        (prose("body"), plain("doubts")), is_own_page=True, dependents=lambda row: row.tables.all(),
    ),
    Documented(
        DataTable, Kind.REPORT, table_path, plain("title"),
        (plain("scope"), plain("period"), plain("population"), plain("unit")), (plain("note"),),
        related=("edition",), within=("edition",),
    ),
    Documented(
        WorldDayEdition, Kind.WORLD_DAY, own_page, world_day, (plain("theme"), plain("hashtag"), plain("summary")),
        (prose("story"),), is_own_page=True, dependents=lambda row: row.events.all(),
    ),
    Documented(
        Event, Kind.EVENT, event_path, plain("title"), (plain("place"), country_of),
        (prose("text"), plain("organiser")), related=("edition", "campaign"), within=("edition", "campaign"),
    ),
    Documented(
        LegalInstrument, Kind.LAW, on("campaigns:law", anchor=True), plain("title"), (plain("reference"),),
        (prose("text"),),
    ),
    Documented(
        Partner, Kind.PARTNER, on("campaigns:partners", anchor=True), plain("name"), (plain("role"),),
        (prose("text"), country_of),
    ),
    Documented(
        Resource, Kind.RESOURCE, on("campaigns:resources", anchor=True), plain("title"), (plain("summary"),),
        (plain("publisher"), plain("year"), country_of),
    ),
    Documented(
        NewsItem, Kind.NEWS, own_page, plain("title"), (plain("summary"),), (prose("body"), country_of),
        is_own_page=True,
    ),
    Documented(
        GrantCycle, Kind.GRANT, on("campaigns:projects"), plain("name"), (plain("amount_words"),),
        (prose("text"), plain("ceiling_words")), dependents=lambda row: row.grants.all(),
    ),
    Documented(
        PublishedGrant, Kind.GRANT, on("campaigns:projects"), supported, (plain("purpose"),),
        (country_of, plain("cycle__name")), related=("cycle",), within=("cycle",),
    ),
    Documented(
        Helpline, Kind.HELPLINE, helpline_path, plain("name"), (country_of, plain("other_ways")),
        (plain("phones"), plain("languages"), plain("hours"), plain("note")), weight=1.2,
    ),
    Documented(
        Milestone, Kind.MILESTONE, country_path, plain("title"), (prose("text"),), (country_of,), weight=0.8,
    ),
)  # fmt: skip
BY_MODEL: dict[type[Model], Documented] = {documented.model: documented for documented in DOCUMENTED}


def entries_of(row: Content) -> Iterator[SearchEntry]:
    """The row's entries, one per language and without their vectors; none where it is not published or leads nowhere.

    A row of a later hour has its entries at once: readers find them from then on.
    """
    if isinstance(row, Country):
        yield from entries_of_country(row.iso2, row)
        return
    documented = BY_MODEL[type(row)]
    holders = [holder for holder in (row, *(getattr(row, name) for name in documented.within)) if holder]
    path = _path(documented, row)
    if path is None or any(holder.status != Content.Status.PUBLISHED for holder in holders):
        return
    for language, _name in LANGUAGES:
        with translation.override(language):
            yield entry(
                kind=documented.kind,
                key=key_of(row),
                language=language,
                path=path,
                is_own_page=documented.is_own_page,
                title=documented.title(row, language),
                summary=_joined([read(row, language) for read in documented.summary], language),
                body=_joined([read(row, language) for read in documented.body], language),
                weight=documented.weight,
                public_from=max((holder.publish_at for holder in holders if holder.publish_at), default=None),
                changed_at=row.updated_at,
            )


def key_of(row: Model) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def entries_of_country(iso2: str, row: Country | None = None) -> Iterator[SearchEntry]:
    """A country by its name, whether or not it joined; with its story once that is published and due."""
    if not is_country(iso2):
        return
    story = row if row and row.status == Content.Status.PUBLISHED else None
    for language, _name in LANGUAGES:
        with translation.override(language):
            if story is None or not story.is_public:
                yield _country_entry(iso2, language, key=iso2)
            if story:
                yield _country_entry(iso2, language, key=key_of(story), story=story)


def _country_entry(iso2: str, language: str, *, key: str, story: Country | None = None) -> SearchEntry:
    return entry(
        kind=Kind.COUNTRY,
        key=key,
        language=language,
        path=path_of("campaigns:country", iso2.lower()),
        is_own_page=story is None or story.is_public,
        title=Text(country_name(iso2, language), language),
        summary=prose("story")(story, language) if story else Text("", language),
        body=Text(iso2, language),
        weight=COUNTRY_WEIGHT,
        public_from=story.publish_at if story else None,
        changed_at=story.updated_at if story else None,
    )


def _path(documented: Documented, row: Content) -> str | None:
    """Where the row is read; None where there is no such page."""
    with translation.override(DEFAULT_LANGUAGE):
        try:
            return documented.path(row)
        except NoReverseMatch:
            return None


def _joined(texts: list[Text], language: str) -> Text:
    """The texts as one, marked as English where all of them are."""
    told = [text for text in texts if text.text]
    is_own = not told or any(text.language == language for text in told)
    return Text(" · ".join(text.text for text in told), language if is_own else DEFAULT_LANGUAGE)


def entry(*, title: Text, summary: Text, body: Text, **values: Any) -> SearchEntry:
    return SearchEntry(
        title=_storable(title.text),
        title_language=title.language,
        summary=_storable(summary.text),
        summary_language=summary.language,
        body=_storable(body.text)[:LONGEST_BODY],
        body_language=body.language,
        **values,
    )


def _storable(text: str) -> str:
    return normalize("NFC", " ".join(text.replace("\x00", "").split()))
