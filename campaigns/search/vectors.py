"""What PostgreSQL keeps and compares: the words of an entry as a tsvector, those of a question as a tsquery.

Both are written out here, lexeme by lexeme, and hold letters and digits only: neither PostgreSQL's parser nor the
syntax of its queries ever sees what a stranger typed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from campaigns.search.folding import Word, fold, runs, words
from campaigns.search.forms import ROOT, Stems, bare_forms, forms

LONGEST_QUESTION = 100
MOST_TERMS = 12
LAST_POSITION = 16383  # PostgreSQL's own limits
MOST_PLACES = 255
LONGEST_LEXEME = 2046  # bytes
SHORTEST_BEGINNING = 2
WHOLE = "="  # before a whole title: who types just that means just this
BESIDE = 10  # places between title, summary and body: the end of one and the start of the next are not neighbours


class KnownForms(dict[str, tuple[frozenset[str], ...]]):
    """Of what stands between two spaces, each word's forms: looked up once for all texts of a language."""

    def __init__(self, stems: Stems) -> None:
        super().__init__()
        self._stems = stems

    def __missing__(self, run: str) -> tuple[frozenset[str], ...]:
        found = self[run] = tuple(forms(word, self._stems) for word in words(run))
        return found


def vector(title: str, summary: str, body: str, known: KnownForms) -> str:
    """The tsvector of an entry's parts; Arabic words found by their consonants alone weigh least."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    position = 0
    for text, weight in ((title, "A"), (summary, "B"), (body, "C")):
        for run in runs(text):
            for its_forms in known[run]:
                position = min(position + 1, LAST_POSITION)
                for form in its_forms:
                    where = places[form]
                    if len(where) < MOST_PLACES:
                        where.append(f"{position}{'D' if form.startswith(ROOT) else weight}")
        position = min(position + BESIDE, LAST_POSITION)
    return " ".join([whole(title), *(f"'{form}':{','.join(where)}" for form, where in places.items())])


def whole(title: str) -> str:
    """The lexeme, and the tsquery, of a title from its first word to its last; of one too long, of its beginning."""
    lexeme = f"{WHOLE}{'_'.join(fold(title).split())}"
    return f"'{lexeme.encode()[:LONGEST_LEXEME].decode(errors='ignore')}'"


class Term(NamedTuple):
    """One word that is looked for: any of its forms, or a word that begins like it."""

    forms: frozenset[str]
    beginnings: frozenset[str] = frozenset()

    def is_met_by(self, word: Word, stems: Stems) -> bool:
        return bool(self.forms & forms(word, stems)) or any(
            form.startswith(beginning) for form in bare_forms(word) for beginning in self.beginnings
        )

    def as_query(self) -> str:
        return "|".join(
            [*(f"'{form}'" for form in sorted(self.forms)), *(f"'{start}':*" for start in sorted(self.beginnings))]
        )


@dataclass(frozen=True)
class Question:
    """What is looked for, word by word."""

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, typed: Iterable[Word], stems: Stems) -> Self:
        """Words that say nothing (`the`, `of`) are left out, unless there are no others."""
        listed = list(typed)
        telling = [word for word in listed if stems.get(word.text) != ""] or listed
        last = listed[-1] if listed else None
        return cls(tuple(_term(word, stems, is_last=word is last) for word in telling))

    @cached_property
    def _first_letters(self) -> frozenset[str]:
        return frozenset(form[0] for term in self.terms for form in term.forms | term.beginnings)

    def is_met_by(self, word: Word, stems: Stems) -> bool:
        """Whether the word is one of those; no stemmer changes a word's first letter, but Arabic writes before it."""
        may_be = word.text[0] in self._first_letters or word.is_arabic
        return may_be and any(term.is_met_by(word, stems) for term in self.terms)

    def all_words(self) -> str:
        """The tsquery of what holds all of the words."""
        return "&".join(f"({term.as_query()})" for term in self.terms)

    def any_word(self) -> str:
        """The tsquery of what holds at least one of them."""
        return "|".join(f"({term.as_query()})" for term in self.terms)


def typed_words(question: str) -> list[Word]:
    """The words of what somebody typed, the first dozen of them; of a run of Chinese its pairs alone."""
    found: list[Word] = []
    for word in words(question[:LONGEST_QUESTION], keep=False):
        ends_a_pair = bool(found) and len(word.text) == 1 and word.is_cjk and found[-1].end == word.end
        if not ends_a_pair:
            found.append(word)
    return found[:MOST_TERMS]


def _term(word: Word, stems: Stems, *, is_last: bool) -> Term:
    """The last word may be half typed; a single Chinese character is the beginning of pairs."""
    is_one_character = word.is_cjk and len(word.text) == 1
    is_beginning = is_last and len(word.text) >= SHORTEST_BEGINNING and not word.is_cjk
    beginnings = bare_forms(word) if is_beginning or is_one_character else frozenset()
    return Term(forms(word, stems), beginnings)
