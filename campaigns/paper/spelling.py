"""What is typed, made fit for paper: names may come in any script and with any mark."""

import re
from unicodedata import category, normalize

from campaigns.share.bidi import END_OF_ISOLATE, ISOLATES
from campaigns.share.typesetting import INVISIBLE

KEPT = INVISIBLE | ISOLATES | {END_OF_ISOLATE, "\n"}


def writable(text: str) -> str:
    """The text in composed form with single spaces, without control characters; letters that no font has stay."""
    spaced = re.sub(r"[ \t\r\u2028\u2029]+", " ", text.strip())
    return "".join(char for char in normalize("NFC", spaced) if category(char)[0] != "C" or char in KEPT)
