"""Errors at Sentry, or at a server that speaks its protocol, where SENTRY_DSN is set.

What stands in the log at ERROR or worse is sent, by the log's rules, and nothing else is: the library watches neither
requests nor templates nor calls, and its events are made here, out of what may leave.
"""

import datetime as dt
import linecache
import logging
import time
import tomllib
import traceback
from collections.abc import Callable, Hashable
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings

from blueheart import log, request_ids
from blueheart.postgresql.away import is_away

PAUSE_SECONDS = 60.0  # between two events of one kind, in each process
OUTAGE_PAUSE_SECONDS = 600.0  # … that tell of the database's absence
MOST_KINDS = 1000
END_SECONDS = 2.0  # for what waits to be sent when a process ends
# What an event may hold; the library adds the rest of these, and more, which is left out.
KEPT = {
    "event_id", "timestamp", "platform", "level", "logger", "logentry", "exception", "tags", "fingerprint", "release",
    "environment", "sdk",
}  # fmt: skip
NOTHING_OF_ITS_OWN: Any = {  # what the library might collect, were it to watch
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}, "response": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
    "frame_context_lines": 0,
}
FOREIGN = ("sentry_sdk", "urllib3")  # what they log of their own sending would be sent


class Handler(logging.Handler):
    """Sends records at ERROR and worse in the background; of each kind one a minute, of an outage one in ten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.ERROR)
        import sentry_sdk  # noqa: PLC0415  lazy: an optional package, and 100 ms of every start

        self._seldom = Seldom(clock)
        self._client = sentry_sdk.Client(
            dsn=settings.SENTRY_DSN,
            release=version(),
            environment=settings.ENVIRONMENT,
            before_send=_kept,
            default_integrations=False,
            auto_enabling_integrations=False,
            data_collection=NOTHING_OF_ITS_OWN,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            server_name="",
        )

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(FOREIGN):
            return
        error = log.error_of(record)
        is_outage = error is not None and is_away(error)
        pause = OUTAGE_PAUSE_SECONDS if is_outage else PAUSE_SECONDS
        if self._seldom.allows("outage" if is_outage else _kind(record, error), pause):
            self._client.capture_event(event(record))

    def close(self) -> None:
        """Python closes handlers when a process ends: what waits is sent, if that takes no longer than two seconds."""
        self._client.close(timeout=END_SECONDS)
        super().close()


class Seldom:
    """Allows each kind of thing once in a while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: dict[Hashable, float] = {}

    def allows(self, kind: Hashable, pause: float) -> bool:
        """Whether this kind may be told of now; then not again for that many seconds. For one thread at a time."""
        now = self._clock()
        if now < self._ends.get(kind, now):
            return False
        if len(self._ends) >= MOST_KINDS:
            self._ends.clear()
        self._ends[kind] = now + pause
        return True


def event(record: logging.LogRecord) -> Any:
    """What Sentry is told of a record: what the log tells, by its rules."""
    doing, error = request_ids.doing(), log.error_of(record)
    told: dict[str, Any] = {
        "timestamp": dt.datetime.fromtimestamp(record.created, dt.UTC),
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"message": log.plain(str(record.msg)), "formatted": log.plain(log.message(record))},
        "tags": {"request_id": doing.name, "job": doing.job, "lane": doing.lane, "row": doing.row},
    }
    told["tags"] = {name: value for name, value in told["tags"].items() if value}
    if error is not None:
        told["exception"] = {"values": [_exception(each) for each in log.chain(error)]}
    if error is not None and is_away(error):
        told["fingerprint"] = ["the database is away"]
    return told


def version() -> str:
    """The release that runs."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


def _exception(error: BaseException) -> dict[str, Any]:
    return {
        "type": type(error).__qualname__,
        "module": type(error).__module__,
        "value": log.said_by(error),
        "stacktrace": {"frames": _frames(error.__traceback__)},
    }


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    """Where the error came by, as the log's traceback has it: no variable, and no path of the machine."""
    frames = []
    for frame, number in traceback.walk_tb(trace):
        module, file = str(frame.f_globals.get("__name__", "")), frame.f_code.co_filename
        ours = module.partition(".")[0] in log.OURS
        frames.append(
            {
                "module": module,
                "function": frame.f_code.co_qualname,
                "filename": file.removeprefix(f"{settings.BASE_DIR}/") if ours else Path(file).name,
                "lineno": number,
                "context_line": linecache.getline(file, number).strip("\n"),
                "in_app": ours,
            }
        )
    return frames


def _kind(record: logging.LogRecord, error: BaseException | None) -> Hashable:
    """Records of one kind say the same of the same place."""
    if error is None:
        return record.name, str(record.msg)
    trace = [*traceback.walk_tb(error.__traceback__)]
    return record.name, type(error), trace[-1][0].f_code if trace else None, trace[-1][1] if trace else 0


def _kept(event: Any, hint: Any) -> Any:
    return {name: value for name, value in event.items() if name in KEPT}
