"""The portal's seven languages, and names of countries in each of them.

The UN's six official languages, and Portuguese: Brazil and Portugal were among the first to wear the Blue Heart.
"""

from functools import cache
from unicodedata import combining, normalize

from babel import Locale
from django.utils.translation import get_language

from blueheart.un_names import UN_NAMES

LANGUAGES = [
    ("en", "English"),
    ("ar", "العربية"),
    ("zh-hans", "中文"),
    ("fr", "Français"),
    ("ru", "Русский"),
    ("es", "Español"),
    ("pt", "Português"),
]
DEFAULT_LANGUAGE = "en"
RTL_LANGUAGES = frozenset({"ar"})

# Babel lists two-letter codes that ISO 3166-1 does not assign to a country.
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})


# Plain `en` is American to Babel: the United Nations write 30 July, US$ and a clock of 24 hours.
BABEL_NAMES = {"en": "en_GB", "zh-hans": "zh_Hans"}


def page_language() -> str:
    """The language that the page is printed in; English where none is active."""
    return get_language() or DEFAULT_LANGUAGE


@cache
def babel_locale(language: str) -> Locale:
    """The Babel locale that formats numbers, dates and names for one of our language codes."""
    return Locale.parse(BABEL_NAMES.get(language, language))


def is_rtl(language: str) -> bool:
    """Whether the language is written from right to left."""
    return language in RTL_LANGUAGES


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """All 249 ISO 3166-1 countries as (two-letter code, name), in the language and in its order of names."""
    return sorted(_country_names(language).items(), key=lambda pair: sort_key(pair[1]))


@cache
def country_codes() -> frozenset[str]:
    """The two-letter codes of all 249 countries."""
    return frozenset(_country_names(DEFAULT_LANGUAGE))


def country_name(iso2: str, language: str) -> str:
    """A country's name in the language; the code itself where there is no such country."""
    return _country_names(language).get(iso2, iso2)


@cache
def _country_names(language: str) -> dict[str, str]:
    territories = babel_locale(language).territories
    names = {code: name for code, name in territories.items() if len(code) == 2 and code not in NOT_COUNTRIES}
    return names | UN_NAMES.get(language, {})


def sort_key(name: str) -> str:
    """Without accents, so that `Éthiopie` stands among the E and not behind the Z."""
    return "".join(char for char in normalize("NFKD", name) if not combining(char)).casefold()
