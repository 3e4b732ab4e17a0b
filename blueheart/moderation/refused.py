"""The name rule as forms ask for it: with the words that staff refuse."""

from blueheart import names
from blueheart.languages import page_language
from blueheart.postgresql.trips import Statement, send

WORDS = "SELECT word FROM moderation_nameword WHERE language IN ('', %s)"


def public_name(typed: str) -> str:
    """The name as it will be shown. Raises `names.NameRefusedError`, in the visitor's language.

    One query; refused are the words of the page's language and those of all languages.
    """
    return names.check(typed, refused=_words(page_language()))


def name_of_body(typed: str) -> str:
    """The name of an organisation or authority as it will be shown. Raises `names.NameRefusedError`. One query."""
    return names.check_body(typed, refused=_words(page_language()))


def _words(language: str) -> frozenset[str]:
    return frozenset(word for (word,) in send(Statement(WORDS, [language])))
