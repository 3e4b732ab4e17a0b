"""How a line of the log is written, and what may not stand in it.

Whoever reads the log learns what went wrong; they do not learn who somebody is, and nothing there opens a page.
"""

import datetime as dt
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

import psycopg2
from django.db.utils import Error as DjangosDatabaseError

from blueheart import request_ids
from blueheart.postgresql.away import is_away

logger = logging.getLogger(__name__)

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
OURS = {"blueheart", "campaigns", "pledges", "donations", "office"}
FIELDS = "fields"


class LineFormatter(logging.Formatter):
    """Writes a record as one line for people, with the request's name in it, and below it, indented, a traceback.

    It looks at the finished text, so that it holds for what libraries log as for what we do.
    """

    def format(self, record: logging.LogRecord) -> str:
        doing = request_ids.doing()
        name = ":".join(filter(None, (doing.job, doing.name))) or "-"
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {name} {plain(message(record))}"
        line += "".join(f" {name}={json.dumps(value, ensure_ascii=False)}" for name, value in fields(record).items())
        error = error_of(record)
        if error is None or is_away(error):
            return f"{line}: {outage(error)}" if error else line
        return "\n".join([line, *(f"    {told}" for told in told_by(error))])


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object in one line, for programs; docs/security/logging.md has its members.

    All that holds for the text of the other formatter holds for each of its texts.
    """

    def format(self, record: logging.LogRecord) -> str:
        doing, error = request_ids.doing(), error_of(record)
        told: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat("T", "milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "request_id": doing.name,
            "job": doing.job,
            "lane": doing.lane,
            "row": doing.row,
            "message": plain(message(record)),
        }
        if error is not None and is_away(error):
            told["error"] = outage(error)
        elif error is not None:
            told["traceback"] = "\n".join(told_by(error))
        told = {name: value for name, value in told.items() if value != ""}
        return json.dumps(told | {name: value for name, value in fields(record).items() if name not in told})


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


def message(record: logging.LogRecord) -> str:
    """What a record says, with of each error only what it may say; not yet plain."""
    if isinstance(record.args, tuple):
        told = tuple(said_by(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        return str(record.msg) % told if told else str(record.msg)
    return record.getMessage()


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What was logged with `extra={"fields": {…}}`: words and numbers that programs read."""
    told: Mapping[str, Any] = getattr(record, FIELDS, None) or {}
    return {name: plain(value) if isinstance(value, str) else value for name, value in told.items()}


def error_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def told_by(error: BaseException) -> Iterator[str]:
    """Where each error of the chain came from, the first first, without any variable's value."""
    for each in chain(error):
        for frame in traceback.format_tb(each.__traceback__):
            yield from frame.rstrip().splitlines()
        yield f"{name_of(each)}: {said_by(each)}"


def outage(error: BaseException) -> str:
    """The same in a few words, for the absence of the database: thousands of requests and jobs meet it in a minute."""
    said: dict[str, str] = {}
    for each in chain(error):
        said.setdefault(said_by(each), name_of(each))
    place = _place(error.__traceback__)
    return "; ".join([*(f"{name}: {words}" for words, name in said.items()), *([f"at {place}"] if place else [])])


def chain(error: BaseException) -> list[BaseException]:
    """The error with those that led to it, the first first."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain[::-1]


def name_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _place(trace: TracebackType | None) -> str:
    """The last line of ours on the way to the error, which is no line of the database's engine."""
    place = ""
    for frame, number in traceback.walk_tb(trace):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in OURS and not module.startswith("blueheart.postgresql"):
            place = f"{module}:{number}"
    return place


def catch_uncaught() -> None:
    """Let what nobody catches stand in the log by these rules, too: Python would write it with the values of rows.

    Safe to call twice. A hook that is not Python's own, such as a debugger's, is called as well.
    """
    if not isinstance(sys.excepthook, _OfProcess):
        sys.excepthook = _OfProcess(sys.excepthook)
    if not isinstance(threading.excepthook, _OfThreads):
        threading.excepthook = _OfThreads(threading.excepthook)


class _OfProcess:
    def __init__(self, before: Callable[..., Any]) -> None:
        self.before = before

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _tell_uncaught(error)
        if self.before is not sys.__excepthook__:
            self.before(kind, error, trace)


class _OfThreads:
    def __init__(self, before: Callable[..., Any]) -> None:
        self.before = before

    def __call__(self, told: threading.ExceptHookArgs) -> None:
        _tell_uncaught(told.exc_value)
        if self.before is not threading.__excepthook__:
            self.before(told)


def _tell_uncaught(error: BaseException | None) -> None:
    if isinstance(error, Exception):  # Ctrl-C and an end that was asked for are none
        logger.critical("nobody caught an error in %s", threading.current_thread().name, exc_info=error)
