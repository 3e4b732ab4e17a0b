"""What was looked for, marked in the text as its readers see it."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from campaigns.search.folding import Word, words
from campaigns.search.forms import Stems
from campaigns.search.vectors import Question

SNIPPET = 240
BEFORE = 80  # characters of a snippet before its first match
ELLIPSIS = "…"


class Spans(NamedTuple):
    """A text, and the places in it that match."""

    text: str
    places: list[tuple[int, int]]


def found_in(text: str, question: Question, stems: Stems) -> Spans:
    """The places of the words that the question asks for; neighbours in Chinese as one."""
    places: list[tuple[int, int]] = []
    for word in words(text):
        if not question.is_met_by(word, stems):
            continue
        if places and word.start < places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], word.end))
        else:
            places.append((word.start, word.end))
    return Spans(text, places)


def marked(spans: Spans) -> SafeString:
    """The whole text, what matches in <mark>."""
    pieces: list[str] = []
    done = 0
    for start, end in spans.places:
        pieces += [conditional_escape(spans.text[done:start]), format_html("<mark>{}</mark>", spans.text[start:end])]
        done = end
    pieces.append(conditional_escape(spans.text[done:]))
    return mark_safe("".join(pieces))  # noqa: S308 -- every piece is escaped above


def snippet(spans: Spans) -> SafeString:
    """The words around the first match, from one space to another; the text's beginning where nothing matches."""
    first = spans.places[0][0] if spans.places else 0
    start = _after_a_space(spans.text, max(0, first - BEFORE), first) if first > BEFORE else 0
    end = _before_a_space(spans.text, start, start + SNIPPET)
    places = [(here - start, min(there, end) - start) for here, there in spans.places if start <= here < end]
    cut = marked(Spans(spans.text[start:end], places))
    return format_html("{}{}{}", ELLIPSIS if start else "", cut, ELLIPSIS if end < len(spans.text) else "")


def _after_a_space(text: str, start: int, match: int) -> int:
    space = text.find(" ", start, match)
    return space + 1 if space >= 0 else start


def _before_a_space(text: str, start: int, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", start + SNIPPET // 2, end)
    return space if space >= 0 else end


def words_alike(texts: Iterable[str], asked: Iterable[Word]) -> set[str]:
    """The words of the texts that may have a stem in common with those asked for: they begin with the same letter."""
    first_letters = {word.text[0] for word in asked}
    return {word.text for text in texts for word in words(text) if word.text[0] in first_letters}
