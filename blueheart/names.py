"""The name rule: which names may stand in public, in any script.

Length, letters only, no web address, no digits, no mix of scripts within a word, and the words that staff refuse.
Organisations and authorities may have longer names, with digits and more signs.
"""

import re
import unicodedata
from collections.abc import Collection

from django.utils.translation import gettext as _

LONGEST = 40
SIGNS = frozenset("'’ʼʻ‘`´.,·・-‐‑–&()״׳")
OPENING_SIGNS = frozenset("'’ʼʻ‘(")
LONGEST_OF_BODIES = 100
SIGNS_OF_BODIES = SIGNS | frozenset('&+/:!¡¿"“”„«»「」『』№°')
OPENING_SIGNS_OF_BODIES = OPENING_SIGNS | frozenset('¡¿"“„«「『№')
JOINERS = frozenset("\u200c\u200d")  # Persian and Indic names need them between letters
# Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point): fillers, variation selectors.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
MOST_MARKS_IN_A_ROW = 4
WEB_ADDRESS = re.compile(r"://|\bwww\b|[^\W\d_]{2,}[.][^\W\d_]{2,}", re.IGNORECASE)
WEB_ADDRESS_OF_BODIES = re.compile(r"://|\bwww\b|\w[.][^\W\d_]{2,}", re.IGNORECASE)
SCRIPTS_WITHOUT_SPACES = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR"}
)
# Unicode TR39 calls these sets "highly restrictive": one writes them together.
WRITTEN_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


class NameRefusedError(ValueError):
    """The name cannot stand in public; the message says kindly why, in the visitor's language."""


def normalise(name: str) -> str:
    """The name in its plain form (NFKC: full-width letters become ordinary ones), visible letters and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", INVISIBLE.sub("", name)).split())


def key(name: str) -> str:
    """The name by which two spellings of one name are the same: case, spaces, width and joiners do not matter."""
    folded = unicodedata.normalize("NFKC", normalise(name).casefold())
    return "".join(char for char in folded if char not in JOINERS)


def check(name: str, *, refused: Collection[str] = ()) -> str:
    """The name as it will be shown. Raises `NameRefusedError`. `refused` are words as `key` writes them."""
    name = normalise(name)
    if len(name) > LONGEST:
        raise NameRefusedError(_("This name is longer than 40 characters. Please shorten it."))
    _check_characters(name)
    _check_words(name)
    if _holds_refused_word(name, refused):
        raise NameRefusedError(_("We cannot show this name. Please choose another, or leave it empty."))
    return name


def check_body(name: str, *, refused: Collection[str] = ()) -> str:
    """The name of an organisation or authority as it will be shown: digits and signs like & may stand in it.

    Raises `NameRefusedError`. `refused` are words as `key` writes them.
    """
    name = normalise(name)
    if len(name) > LONGEST_OF_BODIES:
        raise NameRefusedError(_("This name is longer than 100 characters. Please shorten it."))
    if WEB_ADDRESS_OF_BODIES.search(name) or "@" in name:
        raise NameRefusedError(
            _("Please write the name without a web or mail address. After a full stop, leave a space.")
        )
    if not all(_is_letter(char) or _is_digit(char) or char in SIGNS_OF_BODIES | JOINERS | {" "} for char in name):
        raise NameRefusedError(_("Please use letters, digits, spaces and the signs of ordinary names only."))
    if not any(_is_letter(char) for char in name) or not _may_begin_a_body(name[0]):
        raise NameRefusedError(_("Please start the name with a letter or a digit."))
    _check_words(name)
    if _holds_refused_word(name, refused):
        raise NameRefusedError(_("We cannot show this name. Please write it in another way."))
    return name


def _may_begin_a_body(char: str) -> bool:
    return _is_letter(char) or _is_digit(char) or char in OPENING_SIGNS_OF_BODIES


def _check_words(name: str) -> None:
    _check_marks(name)
    if any(len(_scripts(word)) > 1 for word in re.split(r"[\s\-‐‑–&+/:]+", name)):
        raise NameRefusedError(_("One word of this name mixes letters of different alphabets. Please use one of them."))


def _check_characters(name: str) -> None:
    if any(unicodedata.category(char) in {"Nd", "Nl", "No"} for char in name):
        raise NameRefusedError(_("Please write the name without digits."))
    if WEB_ADDRESS.search(name) or "@" in name:
        raise NameRefusedError(
            _("Please write the name without a web or mail address. After a full stop, leave a space.")
        )
    if not all(_is_letter(char) or char in SIGNS or char in JOINERS or char == " " for char in name):
        raise NameRefusedError(_("Please use letters, spaces, hyphens, apostrophes and full stops only."))
    if not any(_is_letter(char) for char in name) or not (_is_letter(name[0]) or name[0] in OPENING_SIGNS):
        raise NameRefusedError(_("Please start the name with a letter."))


def _check_marks(name: str) -> None:
    in_a_row = 0
    for char in name:
        in_a_row = in_a_row + 1 if unicodedata.category(char).startswith("M") else 0
        if in_a_row > MOST_MARKS_IN_A_ROW:
            raise NameRefusedError(_("This name stacks too many accents on one letter."))


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"


def _scripts(word: str) -> set[str]:
    """The scripts of a word that are not commonly written together: none or one for an honest name."""
    scripts = {
        unicodedata.name(char, "UNKNOWN").split()[0]
        for char in word
        if unicodedata.category(char) in {"Ll", "Lu", "Lt", "Lo"}
    }
    return set() if any(scripts <= together for together in WRITTEN_TOGETHER) else scripts


def _holds_refused_word(name: str, refused: Collection[str]) -> bool:
    folded = key(name)
    words = [word for word in re.split(r"[^\w]+", folded) if word]
    spelled_out = "".join(words) if all(len(word) == 1 for word in words) else ""
    return any(
        word in words
        or word == spelled_out
        or (_needs_no_spaces(word) and word in folded)
        or (" " in word and word in folded)
        for word in refused
    )


def _needs_no_spaces(word: str) -> bool:
    """Whether the word's script puts no spaces between words, so that it is looked for inside of others."""
    return any(unicodedata.name(char, "").split(" ")[0] in SCRIPTS_WITHOUT_SPACES for char in word)
