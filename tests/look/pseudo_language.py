"""A language in which every message stands in ⟦ ⟧, all content in ⟪ ⟫ and what Babel writes in ⟨ ⟩.

What is outside of all three, a translator never gets to see.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from babel import Locale
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Left
from django.template import engines
from django.urls import get_resolver
from django.utils import translation

from blueheart import languages
from blueheart.money import CURRENCIES

MESSAGE, CONTENT, BABEL = "⟦⟧", "⟪⟫", "⟨⟩"
OPENING = "".join(pair[0] for pair in (MESSAGE, CONTENT, BABEL))
CLOSING = "".join(pair[1] for pair in (MESSAGE, CONTENT, BABEL))
OURS = ("blueheart", "campaigns", "pledges", "donations", "office")
LETTER = re.compile(r"[^\W\d_]")
SHORTEST_PROSE = 20  # a column for less holds codes
UNSEEN = frozenset({"script", "style", "template", "noscript"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
TEXT_ATTRIBUTES = (
    "alt",
    "title",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "placeholder",
    "label",
    "summary",
)
BUTTONS = frozenset({"submit", "button", "reset"})
DESCRIPTIONS = frozenset(
    {"description", "og:title", "og:description", "og:image:alt", "twitter:title", "twitter:description"}
)
# The same in every language: our languages' own names, currencies' codes, kinds of files, licences, programs and
# addresses. Other proper names are marked with their `lang`.
ENDONYMS = "|".join(name for _code, name in languages.LANGUAGES)
SAME_EVERYWHERE = re.compile(
    rf"{ENDONYMS}|({'|'.join(CURRENCIES)})( –)?|SVG|PNG|PDF|CSV|BibTeX|CC BY 4\.0|@svg-maps/world|MapSVG|https?://\S+"
)


@contextmanager
def spoken(monkeypatch) -> Iterator[None]:
    """Bracket every message of gettext, lazy ones too, and every date, number and name that Babel writes."""
    _load_all_that_imports_from_babel()
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, _bracketed(getattr(translation._trans, name), MESSAGE))
    for module in _our_modules():
        for name, function in list(vars(module).items()):
            if _is_from_babel(name, function):
                monkeypatch.setattr(module, name, _bracketed(function, BABEL))
    names = languages._country_names
    monkeypatch.setattr(languages, "_country_names", lambda code: _bracketed_values(names(code)))
    of_languages = Locale.languages.fget
    monkeypatch.setattr(Locale, "languages", property(lambda locale: _bracketed_values(of_languages(locale))))
    monkeypatch.setattr(Locale, "get_display_name", _bracketed(Locale.get_display_name, BABEL))
    _forget_what_was_kept()
    yield
    _forget_what_was_kept()


def _load_all_that_imports_from_babel() -> None:
    get_resolver().url_patterns  # noqa: B018 -- reading it imports all views
    engines["django"]  # imports all tags
    translation.gettext("")  # loads the real functions


def _our_modules() -> list:
    return [module for name, module in list(sys.modules.items()) if name.split(".")[0] in OURS]


def _forget_what_was_kept() -> None:
    """What functions of ours keep is in one language or the other."""
    for module in _our_modules():
        for function in list(vars(module).values()):
            if hasattr(function, "cache_clear"):
                function.cache_clear()


def _bracketed_values(names) -> dict:
    return {code: f"{BABEL[0]}{name}{BABEL[1]}" for code, name in names.items()}


def _is_from_babel(name: str, function) -> bool:
    comes_from_babel = getattr(function, "__module__", "").startswith("babel.")
    return comes_from_babel and (name.startswith("format_") or name == "get_currency_name")


def _bracketed(function, brackets: str):
    def bracketed(*args, **kwargs):
        text = function(*args, **kwargs)
        return f"{brackets[0]}{text}{brackets[1]}" if text else text

    return bracketed


def bracket_content(*app_labels: str) -> list[str]:
    """Bracket the texts in all rows of the apps; the columns that a constraint keeps as they are."""
    kept = []
    for model in (model for label in app_labels for model in apps.get_app_config(label).get_models()):
        if hasattr(model, "history_object"):
            continue
        for field in model._meta.local_concrete_fields:
            if not _is_prose(field):
                continue
            try:
                with transaction.atomic():
                    model._base_manager.exclude(**{field.name: ""}).update(**{field.name: _in_brackets(field)})
            except DatabaseError:
                kept.append(str(field))
    return kept


def _is_prose(field: models.Field) -> bool:
    unlike = (models.SlugField, models.URLField, models.EmailField, models.FileField)
    is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, unlike)
    is_code = field.choices or field.unique or (field.max_length or SHORTEST_PROSE) < SHORTEST_PROSE
    return is_text and not is_code and getattr(field, "language", "en") == "en"


def _in_brackets(field: models.Field) -> Concat:
    """Of a long text the brackets are paragraphs of their own: Markdown goes by what a line begins with."""
    gap = "\n\n" if isinstance(field, models.TextField) else ""
    whole = Left(F(field.name), field.max_length - 2) if field.max_length else F(field.name)
    return Concat(Value(CONTENT[0] + gap), whole, Value(gap + CONTENT[1]), output_field=models.TextField())


class Reading(HTMLParser):
    """What a page shows or tells outside of all brackets; brackets reach across elements."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.outside: list[str] = []
        self._depth = 0
        self._within: list[bool] = []  # per open element
        self.feed(html)
        self.close()
        if self._depth:
            self.outside.append("(a bracket that is never closed hides what follows it)")

    def handle_starttag(self, tag, attributes):
        named = {name: value or "" for name, value in attributes}
        if tag not in VOID:
            self._within.append(_needs_no_translator(tag, named))
        texts = [named[name] for name in TEXT_ATTRIBUTES if name in named and not (tag == "link" and name == "title")]
        if tag == "input" and named.get("type") in BUTTONS:
            texts.append(named.get("value", ""))
        if tag == "meta" and named.get("name", named.get("property")) in DESCRIPTIONS:
            texts.append(named.get("content", ""))
        texts += [value for name, value in named.items() if name.startswith("data-") and " " in value.strip()]
        for text in texts:
            self._note("".join(outside(text, self._depth)[0]), f"<{tag}> ")

    def handle_endtag(self, tag):
        if tag not in VOID and self._within:
            self._within.pop()

    def handle_data(self, text):
        if not any(self._within):
            pieces, self._depth = outside(text, self._depth)
            for piece in pieces:
                self._note(piece)

    def _note(self, text: str, where: str = "") -> None:
        text = " ".join(text.split())
        if LETTER.search(text) and not SAME_EVERYWHERE.fullmatch(text):
            self.outside.append(where + text)


def _needs_no_translator(tag: str, attributes: dict[str, str]) -> bool:
    """Unseen; or a sign, such as a reference number or code; or a name that is marked with the language it is in."""
    is_sign = (tag == "bdi" and attributes.get("dir") == "ltr") or attributes.get("translate") == "no"
    return tag in UNSEEN or is_sign or (tag != "html" and "lang" in attributes)


def outside(text: str, depth: int = 0) -> tuple[list[str], int]:
    """The pieces of a text outside of all brackets, and how deep within brackets it ends."""
    pieces, current = [], ""
    for char in text:
        if char in OPENING:
            depth += 1
        elif char in CLOSING:
            depth = max(0, depth - 1)
        elif not depth:
            current += char
            continue
        if current:
            pieces.append(current)
            current = ""
    return [*pieces, current] if current else pieces, depth


def named_patterns(patterns, namespace: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every named address below the patterns, and what it wants to know."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_patterns(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}", tuple(pattern.pattern.converters)
