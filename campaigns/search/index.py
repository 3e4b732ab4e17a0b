"""Keeping what search looks through as the content is: row by row when staff save, and whole every night."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connection, transaction

from blueheart.languages import DEFAULT_LANGUAGE, countries
from campaigns.models import Country, SearchEntry
from campaigns.models.content import Content
from campaigns.search.documents import BY_MODEL, DOCUMENTED, entries_of, entries_of_country, key_of
from campaigns.search.folding import runs, words
from campaigns.search.forms import STEMMERS, stems_of
from campaigns.search.standing_pages import entries_of_pages
from campaigns.search.vectors import KnownForms, vector

LOCK = 0x5EA4C4  # one writes at a time: what is read as content and written as entries must not cross
AT_ONCE = 500


def reindex() -> int:
    """Make every entry anew from the content as it is now, and return how many there are. Safe to repeat.

    Readers find the old entries until the new ones are all there. Our own pages are read first, which takes longest:
    an editor who saves meanwhile waits for the rows alone.
    """
    pages = list(entries_of_pages())
    with transaction.atomic():
        _take_the_lock()
        entries = [*pages, *_entries_of_rows()]
        SearchEntry.objects.all().delete()
        _write(entries)
    return len(entries)


@transaction.atomic
def index_row(row: object) -> None:
    """Bring the row's entries, and those of rows that stand within it, to what it says now: also when withdrawn.

    Rows that search does not look through are passed over. Safe to repeat.
    """
    if not isinstance(row, Content) or not (isinstance(row, Country) or type(row) in BY_MODEL):
        return
    _take_the_lock()
    _remove(row)
    _write(list(entries_of(row)))
    for dependent in BY_MODEL[type(row)].dependents(row) if type(row) in BY_MODEL else ():
        index_row(dependent)


@transaction.atomic
def forget(row: object) -> None:
    """Take the row's entries away; call it before the row is deleted. A country keeps its name."""
    if isinstance(row, Content):
        _take_the_lock()
        _remove(row)
        if isinstance(row, Country):
            _write(list(entries_of_country(row.iso2)))


def _remove(row: Content) -> None:
    keys = [key_of(row), row.iso2] if isinstance(row, Country) else [key_of(row)]
    SearchEntry.objects.filter(key__in=keys).delete()


def _entries_of_rows() -> Iterator[SearchEntry]:
    for documented in DOCUMENTED:
        published = documented.model._default_manager.filter(status=Content.Status.PUBLISHED)
        for row in published.select_related(*documented.related):
            yield from entries_of(row)
    joined = {country.iso2: country for country in Country.objects.all()}
    for iso2, _name in countries(DEFAULT_LANGUAGE):
        yield from entries_of_country(iso2, joined.get(iso2))


def _write(entries: list[SearchEntry]) -> None:
    by_language: defaultdict[str, list[SearchEntry]] = defaultdict(list)
    for entry in entries:
        by_language[entry.language].append(entry)
    for language, theirs in by_language.items():
        stems = stems_of(_words_of(theirs), language) if language in STEMMERS else {}
        known = KnownForms(stems)
        for entry in theirs:
            entry.document = vector(entry.title, entry.summary, f"{entry.body} {_address_words(entry)}", known)
    SearchEntry.objects.bulk_create(entries, batch_size=AT_ONCE)


def _address_words(entry: SearchEntry) -> str:
    """Of a page, the words of its address, which readers see beside it: `donate` finds the page called Give."""
    return entry.path.replace("/", " ") if entry.kind == SearchEntry.Kind.PAGE else ""


def _words_of(entries: Iterable[SearchEntry]) -> set[str]:
    different = {
        run
        for entry in entries
        for text in (entry.title, entry.summary, entry.body, _address_words(entry))
        for run in runs(text)
    }
    return {word.text for run in different for word in words(run) if not word.is_cjk and not word.is_arabic}


def _take_the_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
