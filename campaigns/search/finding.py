"""Answering what somebody looks for: the best entries first, what matched in them marked."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from django.db.models import BooleanField, Case, Count, F, FloatField, Func, Value, When
from django.utils.safestring import SafeString

from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.models import SearchEntry
from campaigns.models.search import SearchEntryQuerySet
from campaigns.search.folding import Word
from campaigns.search.forms import Stems, stems_of
from campaigns.search.marking import found_in, marked, snippet, words_alike
from campaigns.search.vectors import Question, typed_words, whole

PER_PAGE = 20
LAST_PAGE = 50
FEW = 5  # of another language's results, where this one has none
SHORT_WORDS_FIRST = 1  # ts_rank_cd: the rank is divided by 1 + the logarithm of the document's length


class _Matches(Func):
    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Rank(Func):
    template = "ts_rank_cd(%(expressions)s)"
    output_field = FloatField()


class _Query(Func):
    template = "%(expressions)s::tsquery"


class Result(NamedTuple):
    """One thing that was found, as the page shows it; `title_language` is empty where it is the page's own."""

    kind: SearchEntry.Kind
    address: str
    title: SafeString
    title_language: str
    snippet: SafeString
    snippet_language: str


class Answer(NamedTuple):
    """One page of what was found in one language, and how many there are of each kind."""

    results: list[Result]
    counts: dict[SearchEntry.Kind, int]
    page: int = 1
    kind: SearchEntry.Kind | None = None
    has_all_words: bool = True

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def shown_total(self) -> int:
        """How many there are of the kind that is shown, or of all."""
        return self.counts.get(self.kind, 0) if self.kind else self.total

    @property
    def pages(self) -> int:
        return min(LAST_PAGE, -(-self.shown_total // PER_PAGE))

    @property
    def before(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def after(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


class Asked(NamedTuple):
    """What was typed, understood in one language."""

    typed: str
    words: list[Word]
    language: str
    stems: Stems
    question: Question

    @classmethod
    def of(cls, typed: str, language: str) -> Self:
        words = typed_words(typed)
        stems = stems_of((word.text for word in words), language)
        return cls(typed, words, language, stems, Question.of(words, stems))


def find(typed: str, language: str, *, kind: SearchEntry.Kind | None = None, page: int = 1) -> Answer:
    """What readers of the language find: entries with all of the words or, where there are none, with some of them.

    Any text may be typed; of more than a dozen words the first are looked for. Costs five queries at most.
    """
    asked = Asked.of(typed, language)
    if not asked.question.terms:
        return Answer([], {})
    query, has_all_words = asked.question.all_words(), True
    counts = _counts(language, query)
    if not counts and len(asked.question.terms) > 1:
        query, has_all_words = asked.question.any_word(), False
        counts = _counts(language, query)
    shown_kind = kind if kind in counts else None
    answer = Answer([], counts, page, shown_kind, has_all_words)
    page = max(1, min(page, answer.pages))
    entries = _entries(asked, query, shown_kind, page) if counts else []
    return answer._replace(results=_results(entries, asked, language), page=page)


def find_in_english(typed: str, language: str) -> list[Result]:
    """The first of what English readers find, for readers of a language that has nothing; costs three queries."""
    asked = Asked.of(typed, DEFAULT_LANGUAGE)
    if language == DEFAULT_LANGUAGE or not asked.question.terms:
        return []
    entries = _entries(asked, asked.question.all_words(), None, 1)[:FEW]
    return _results(entries, asked, language)


def _matching(language: str, query: str) -> SearchEntryQuerySet:
    return SearchEntry.objects.visible().filter(_Matches(F("document"), Value(query)), language=language)


def _counts(language: str, query: str) -> dict[SearchEntry.Kind, int]:
    """How many entries of each kind match, in the order of the kinds."""
    counted = _matching(language, query).values_list("kind").annotate(Count("pk")).order_by()
    counts = dict(counted)
    return {kind: counts[kind] for kind in SearchEntry.Kind if kind in counts}


def _entries(asked: Asked, query: str, kind: SearchEntry.Kind | None, page: int) -> list[SearchEntry]:
    found = _matching(asked.language, query)
    if kind:
        found = found.filter(kind=kind)
    is_the_title = When(_Matches(F("document"), Value(whole(asked.typed))), then=Value(1.0))
    rank = _Rank(F("document"), _Query(Value(query)), Value(SHORT_WORDS_FIRST)) * F("weight")
    best = (rank + Case(is_the_title, default=Value(0.0))).desc()
    start = (page - 1) * PER_PAGE
    return list(found.defer("document").order_by(best, "kind", "key")[start : start + PER_PAGE])


def _results(entries: Iterable[SearchEntry], asked: Asked, page_language: str) -> list[Result]:
    listed = list(entries)
    texts = [text for entry in listed for text in (entry.title, entry.summary, entry.body)]
    stems = stems_of(words_alike(texts, asked.words), asked.language) if listed else {}
    return [_result(entry, asked.question, stems, page_language) for entry in listed]


def _result(entry: SearchEntry, question: Question, stems: Stems, page_language: str) -> Result:
    """Its snippet is of the summary, unless only the body matches."""
    text, language = found_in(entry.summary, question, stems), entry.summary_language
    if not text.places:
        body = found_in(entry.body, question, stems)
        if body.places or not entry.summary:
            text, language = body, entry.body_language
    return Result(
        kind=SearchEntry.Kind(entry.kind),
        address=entry.get_absolute_url(),
        title=marked(found_in(entry.title, question, stems)),
        title_language="" if entry.title_language == page_language else entry.title_language,
        snippet=snippet(text),
        snippet_language="" if language == page_language else language,
    )
