"""ISO 11649 creditor references (RF…): what a payer writes on a transfer, with two digits that catch a slip of the pen.

RF, two check digits (ISO 7064, mod 97-10) and up to 21 letters and digits.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 25
PREFIX = "RF"
BODY = re.compile(r"[0-9A-Z]{1,21}")
REFERENCE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
GROUP = 4


class OddReferenceError(ValueError):
    """It cannot be the body of a reference."""


def make(body: str) -> str:
    """The reference of up to 21 letters and digits. Raises `OddReferenceError`."""
    plain = normalise(body)
    if not BODY.fullmatch(plain):
        raise OddReferenceError(body)
    return f"{PREFIX}{98 - _remainder(f'{plain}{PREFIX}00'):02d}{plain}"


def is_valid(reference: str) -> bool:
    """Whether it is a reference whose check digits are right, in its plain form."""
    return bool(REFERENCE.fullmatch(reference)) and _remainder(reference[4:] + reference[:4]) == 1


def normalise(text: str) -> str:
    """Capitals and digits alone: no spaces, hyphens, or marks that nobody sees; full-width letters as ordinary ones."""
    composed = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in composed if char.isascii() and char.isalnum())


def shown(reference: str) -> str:
    """In groups of four, as people read it: `RF18 5390 0754 7034`."""
    return " ".join(reference[at : at + GROUP] for at in range(0, len(reference), GROUP))


def found_in(text: str) -> Iterator[str]:
    """The valid references that free text may hold, however they are spaced or cut, longest first at each place.

    Banks wrap the text and glue it to other words, so a reference may end anywhere after its fifth character: the
    caller knows which of them were given out.
    """
    plain = normalise(text)
    for match in re.finditer(PREFIX, plain):
        longest = plain[match.start() : match.start() + LONGEST]
        for end in range(len(longest), 4, -1):
            if is_valid(longest[:end]):
                yield longest[:end]


def _remainder(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97
