"""The forms under which one word is found: as written, its stem, and in Arabic without what is written on to it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.db import connection

from campaigns.search.folding import Word

# Snowball stemmers that come with PostgreSQL; Arabic and Chinese have none that serves.
STEMMERS = {"en": "english", "fr": "french", "es": "spanish", "pt": "portuguese", "ru": "russian"}

Stems = Mapping[str, str]  # of each word; empty for words that say nothing, like `the`

ARTICLES = ("ال", "لل")
JOINED = ("و", "ف", "ب", "ك", "ل", "س")  # and, so, with, like, for, will: written on to the next word
ENDINGS = ("ات", "ها", "هم", "ين", "ون", "ان", "ه", "ي")
LONG_VOWELS = str.maketrans("", "", "اوي")
ROOT = "√"  # before what is left of a word without its vowels, so that it meets no word that is written like it


def stems_of(words: Iterable[str], language: str) -> dict[str, str]:
    """The stem of each word by PostgreSQL's stemmer for the language, in one query; none for Arabic and Chinese."""
    listed = sorted({word for word in words if word})
    if language not in STEMMERS or not listed:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, array_to_string(tsvector_to_array(to_tsvector(%s::regconfig, word)), '')"
            " FROM unnest(%s::text[]) AS word",
            [STEMMERS[language], listed],
        )
        return dict(cursor.fetchall())


def forms(word: Word, stems: Stems) -> frozenset[str]:
    """Everything that the word is found by; two words are the same to search when they share one form."""
    if word.is_arabic:
        return frozenset({*_without_joined(word.text), *roots(word.text)})
    return frozenset({word.text, stems.get(word.text) or word.text})


def bare_forms(word: Word) -> frozenset[str]:
    """What the beginning of a word is compared with: the word as written, and in Arabic what follows its article."""
    return frozenset(_without_joined(word.text)) if word.is_arabic else frozenset({word.text})


@lru_cache(maxsize=8192)
def _without_joined(word: str) -> tuple[str, ...]:
    """والاتجار, الاتجار, اتجار: the word, then without `and`, `for` and the like, then without its article."""
    found = [word]
    for joined in JOINED:
        rest = word.removeprefix(joined)
        if rest != word and len(rest) > 2:
            found.append(rest)
    for form in list(found):
        for article in ARTICLES:
            rest = form.removeprefix(article)
            if rest != form and len(rest) > 1:
                found.append(rest)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def roots(word: str) -> tuple[str, ...]:
    """The consonants of the word, which its broken plural shares: ضحية and ضحايا, قانون and قوانين."""
    shortest = _without_article(word)
    endless = (shortest.removesuffix(ending) for ending in ENDINGS)
    candidates = [shortest, *(rest for rest in endless if len(rest) > 1)]
    found = (candidate.translate(LONG_VOWELS) for candidate in candidates)
    return tuple(dict.fromkeys(ROOT + root for root in found if len(root) > 1))


def _without_article(word: str) -> str:
    for start in ("وال", "فال", "بال", "كال", "ولل", "ال", "لل"):
        if word.startswith(start) and len(word) > len(start) + 1:
            return word.removeprefix(start)
    return word
