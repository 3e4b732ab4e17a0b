"""Words of a text as search compares them: without case, accents, width and vowel signs, in every script.

PostgreSQL's own dictionaries keep accents (`été` does not find `ete`) unless an extension is installed, and its parser
knows no words in Chinese. Both what is written and what is looked for are folded here, so that they always meet.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from unicodedata import category, combining, decimal, normalize

LONGEST_WORD = 50
# Letters that Unicode does not take apart, and those of Arabic that writers use for one another.
SAME_LETTERS = {
    "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
    "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ء": "", "ـ": "",
}  # fmt: skip
SHORT_I = "й"  # a letter of its own: endings are told by it, й is not и with a mark
CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
RUN = re.compile(r"[^\s!-/:-@\[-`{-~]+")  # what stands between white space and the signs of ASCII
ARABIC = re.compile("[\u0600-\u06ff]")


class Word(NamedTuple):
    """A folded word, and where it stands in the text; in Chinese two characters that stand together."""

    text: str
    start: int
    end: int

    @property
    def is_cjk(self) -> bool:
        return bool(CJK.match(self.text))

    @property
    def is_arabic(self) -> bool:
        return bool(ARABIC.match(self.text))


@lru_cache(maxsize=8192)
def fold_letter(letter: str) -> str:
    """The letters and digits that stand for one character; none for marks, signs and spaces."""
    if letter in "йЙ":
        return SHORT_I
    folded = "".join(SAME_LETTERS.get(char, char) for char in normalize("NFKC", letter).casefold())
    bare = (char for char in normalize("NFKD", folded) if not combining(char))
    plain = normalize("NFKC", "".join(_ascii_digit(SAME_LETTERS.get(char, char)) for char in bare))
    return "".join(char for char in plain if char.isalnum())


def _ascii_digit(char: str) -> str:
    return str(decimal(char, char))


def fold(text: str) -> str:
    """The text's folded words, a space between them."""
    return " ".join(word.text for word in words(text, keep=False))


def words(text: str, *, keep: bool = True) -> Iterator[Word]:
    """The words of a text in the order they stand; a run of Chinese as its pairs, and last its last character alone.

    The text is one that `normalize("NFC", …)` leaves as it is. Without `keep` for what strangers type: kept, a flood
    of questions would fill the memory.
    """
    words_of_run = _words_of_run if keep else _words_of_run.__wrapped__
    for run in RUN.finditer(text):
        here = run.start()
        for word, start, end in words_of_run(run.group()):
            yield Word(word, here + start, here + end)


def runs(text: str) -> list[str]:
    """What stands between the text's spaces, in order; `words` of it are the text's, only not where they stand."""
    return RUN.findall(text)


@lru_cache(maxsize=16384)
def _words_of_run(run: str) -> tuple[Word, ...]:
    """The words between two spaces, as a text repeats them: kept, for folding letter by letter is slow."""
    if run.isascii() and run.isalnum():
        return (Word(run.lower()[:LONGEST_WORD], 0, len(run)),)
    found: list[Word] = []
    letters: list[tuple[str, int]] = []
    for position, char in enumerate(run):
        folded = fold_letter(char)
        if folded:
            letters.extend((part, position) for part in folded)
        elif not _is_within_a_word(char):
            found += _parted(letters)
            letters = []
        elif letters and not CJK.match(letters[-1][0]):
            letters.append(("", position))  # so that the word ends behind its last sign
    return (*found, *_parted(letters))


def _is_within_a_word(char: str) -> bool:
    """Vowel signs, tatweel, hamza, joiners: they show nothing that the word is not the same without."""
    return category(char) in {"Mn", "Mc", "Me", "Cf"} or char in "ـء"


def _parted(letters: list[tuple[str, int]]) -> Iterator[Word]:
    """One run of letters as words: `UNODC贩运` is a word and a pair."""
    start = 0
    for here in range(1, len(letters) + 1):
        is_cjk = bool(letters[start:]) and bool(CJK.match(letters[start][0]))
        if here == len(letters) or bool(CJK.match(letters[here][0])) != is_cjk:
            run = letters[start:here]
            yield from _pairs(run) if is_cjk else _one(run)
            start = here


def _one(run: list[tuple[str, int]]) -> Iterator[Word]:
    if run:
        yield Word("".join(char for char, _position in run)[:LONGEST_WORD], run[0][1], run[-1][1] + 1)


def _pairs(run: list[tuple[str, int]]) -> Iterator[Word]:
    for (one, start), (other, end) in pairwise(run):
        yield Word(one + other, start, end + 1)
    last, position = run[-1]
    yield Word(last, position, position + 1)
