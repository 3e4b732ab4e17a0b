"""How a line of the log is written, and what may not stand in it.

Whoever reads the log learns what went wrong; they do not learn who somebody is, and nothing there opens a page.
"""

import logging
import re
import traceback
from collections.abc import Iterator

import psycopg2
from django.db.utils import Error as DjangosDatabaseError

from blueheart import request_ids

# What opens a page without a password: at least 32 characters of an address' alphabet. Digests, all hexadecimal, open
# nothing and tell seals apart; constraints and pages have words for names.
SECRET = re.compile(r"(?<![\w-])(?!(?:[0-9a-f-]+|[a-z_-]+)(?![\w-]))[\w-]{32,}", re.ASCII)
MAIL = re.compile(r"[^\s@<>()\[\]{}'\",;:=/?&]+(?:@|%40)[\w.-]*\w")
# PostgreSQL says in these what stood in a row or in a statement.
OF_ROWS = re.compile(r"\b(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+):\s.*", re.DOTALL)
REFUSED_VALUE = re.compile(r'((?:invalid|malformed|out of range)[^"\n]*: )".*', re.DOTALL)
# What would end a line, move a terminal's cursor or turn the direction of what follows.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
BLOT = "…"


class LineFormatter(logging.Formatter):
    """Writes a record as one line with the request's name in it, and below it, indented, an error's traceback.

    It looks at the finished text, so that it holds for what libraries log as for what we do.
    """

    def format(self, record: logging.LogRecord) -> str:
        name = request_ids.current() or "-"
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {name} {plain(_message(record))}"
        error = record.exc_info[1] if record.exc_info else None
        return "\n".join([line, *(f"    {told}" for told in _traceback(error))]) if error else line


def plain(text: str) -> str:
    """The text in one line without secrets, addresses of people and values of rows."""
    text = REFUSED_VALUE.sub(rf"\1{BLOT}", text)
    for pattern in (OF_ROWS, MAIL, SECRET):
        text = pattern.sub(BLOT, text)
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def said_by(error: BaseException) -> str:
    """An error's message; of the database's only what it says of our tables, not of what stands in them."""
    if isinstance(error, psycopg2.Error | DjangosDatabaseError):
        return plain(str(error).partition("\n")[0])
    return plain(str(error))


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple):
        told = tuple(said_by(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        return str(record.msg) % told if told else str(record.msg)
    return record.getMessage()


def _traceback(error: BaseException) -> Iterator[str]:
    """Where each error of the chain came from, the first first, without any variable's value."""
    for each in reversed(_chain(error)):
        for frame in traceback.format_tb(each.__traceback__):
            yield from frame.rstrip().splitlines()
        yield f"{type(each).__module__}.{type(each).__qualname__}: {said_by(each)}"


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain
