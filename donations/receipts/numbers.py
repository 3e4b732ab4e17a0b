"""A receipt's number and check code: how they are written, and what people make of them when they type them."""

import re
from unicodedata import category, decimal, normalize

GROUP = 5
NUMBER = re.compile(r"(?P<entity>[A-Z0-9_][A-Z0-9_-]*?)-?(?P<year>\d{4})-?(?P<sequence>\d{1,9})")
# Crockford's base 32 reads these letters as the digits that they are taken for.
TAKEN_FOR = str.maketrans("OIL", "011")


def number_of(entity_code: str, year: int, sequence: int) -> str:
    """The number as printed: `BH-2026-000012`."""
    return f"{entity_code.upper()}-{year}-{sequence:06d}"


def in_groups(code: str) -> str:
    """The check code as printed: `7K3MQ-9ZP4T`."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def number_typed(text: str) -> str:
    """The number that was meant, whatever its dashes, spaces, case and digits; empty where it is none."""
    match = NUMBER.fullmatch(_plain(text))
    return number_of(match["entity"], int(match["year"]), int(match["sequence"])) if match else ""


def code_typed(text: str) -> str:
    """The check code that was meant, with its look-alikes put right."""
    return _plain(text).replace("-", "").translate(TAKEN_FOR)


def _plain(text: str) -> str:
    """Capitals, digits 0 to 9 and hyphens; spaces and marks of direction are left out."""
    return "".join(_plain_character(char) for char in normalize("NFKC", text)).upper()


def _plain_character(char: str) -> str:
    digit = decimal(char, None)
    if digit is not None:
        return str(digit)
    kind = category(char)
    if kind == "Pd" or char == "\N{MINUS SIGN}":
        return "-"
    return "" if kind in {"Zs", "Cf", "Cc"} else char
