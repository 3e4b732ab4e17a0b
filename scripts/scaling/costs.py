"""What one act costs, read from what was measured: docs/performance.json (`make bench`) and docs/scaling.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
BENCH = DOCS / "performance.json"
OWN = DOCS / "scaling.json"
SPLIT = re.compile(r"([\d.e-]+) \+ ([\d.e-]+) ms CPU")
MICROSECONDS = re.compile(r"at ([\d.]+) µs")
# Rows that are gone after their window: counters of limits, and what waits to be added up.
PASSING = ("limits_counter", "limits_pause", "pledges_pledgedelta", "donations_uncountedtransaction")


class MissingFigureError(LookupError):
    """A figure that the model rests on was not measured; the message says which."""


@dataclass(frozen=True)
class Cpu:
    """Milliseconds of CPU: of Python, and of PostgreSQL for it."""

    python_ms: float
    postgres_ms: float = 0.0

    def __add__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.python_ms + other.python_ms, self.postgres_ms + other.postgres_ms)

    def __mul__(self, times: float) -> "Cpu":
        return Cpu(self.python_ms * times, self.postgres_ms * times)

    @property
    def ms(self) -> float:
        return self.python_ms + self.postgres_ms


@dataclass(frozen=True)
class Bytes:
    """What one act leaves in PostgreSQL for good, and for a day at most."""

    heap: float
    index: float
    passing: float
    rows: float


class Costs:
    """Each cost by the name that the model has for it, and where it was measured."""

    def __init__(self, bench: Mapping[str, Any], own: Mapping[str, Any], *, index_fill: float) -> None:
        self.bench = {row["budget"]: row for row in bench["budgets"]}
        self.own, self.index_fill = own, index_fill

    # Pages

    @cached_property
    def cached_page(self) -> Cpu:
        """A page from nginx's cache: the dearest of those measured."""
        return Cpu(max(self._microseconds(line["beside"]["page"]) for line in self._lines("P2", "over a file")) / 1000)

    @cached_property
    def file(self) -> Cpu:
        """A static file from nginx."""
        return Cpu(max(self._microseconds(line["beside"]["file"]) for line in self._lines("P2", "over a file")) / 1000)

    @cached_property
    def made_page(self) -> Cpu:
        """A page with counts that no cache has, at ten million pledges: the mean of those most asked for."""
        pages = ("home", "campaign", "tracker", "wall, first page")
        return Cpu(sum(self._largest("P4", page) for page in pages) / len(pages))

    @cached_property
    def first_load_kb(self) -> float:
        """Kilobytes over the wire for a visitor's first page, with its files."""
        return float(self._line("P13", "home, en: over the wire")["median"])

    @cached_property
    def next_page_kb(self) -> float:
        """Kilobytes of each further page: its files are in the browser."""
        return float(self._line("P13", "home, en: over the wire")["beside"]["Document"].split()[0])

    @cached_property
    def first_load_files(self) -> float:
        """Files that come with a visitor's first page."""
        return float(self._line("P13", "home, en: requests")["median"]) - 1

    @cached_property
    def web_process_mb(self) -> float:
        return float(self._line("P15", "a web worker after 200 mixed requests (PSS)")["median"])

    # Acts

    @cached_property
    def pledge_form(self) -> Cpu:
        return Cpu(self._largest("P4", "pledge"))

    @cached_property
    def pledge_posted(self) -> Cpu:
        return self._split("P8", "pledges posted per second", "ours")

    @cached_property
    def pledge_confirmed(self) -> Cpu:
        return self._split("P9", "confirmations per second", "one country")

    @cached_property
    def own_heart(self) -> Cpu:
        return Cpu(self._largest("P4", "heart"))

    @cached_property
    def gift_form(self) -> Cpu:
        return Cpu(self._largest("P4", "donate"))

    @cached_property
    def webhook(self) -> Cpu:
        return self._split("P6", "webhooks stored per second", "ours")

    @cached_property
    def event_booked(self) -> Cpu:
        """A paid gift's event, without the time to ask Stripe: what the model is held against."""
        return self._split("P7", "events booked per second", "ours")

    def step(self, story: str, step: str) -> Cpu:
        """One step of a pledge or a gift, of all the times that it is done."""
        try:
            found = self.own[story]["steps"][step]
        except KeyError as error:
            raise MissingFigureError(f"docs/scaling.json has no step “{step}” of a {story}") from error
        return Cpu(found["python_ms"], found["postgres_ms"]) * found["times"]

    def times(self, story: str, step: str) -> float:
        """How often a step is done for one pledge or gift."""
        return float(self.own[story]["steps"][step]["times"])

    def calls(self, *steps: str) -> float:
        """Requests to Stripe in these steps of one gift."""
        return float(sum(self.own["gift"]["calls"].get(step, 0) for step in steps))

    # Rows

    def left_by(self, story: str) -> Bytes:
        """Rows and bytes that one act leaves.

        Of a table the larger of what it grew by and what its rows have at rest. Of indexes what they have at rest, less
        full: one that was just built splits its full pages at the first rows, and so grows by too much.
        """
        heap = index = passing = rows = 0.0
        for name, grown in self.own[story]["tables"].items():
            rest = self.own["at_rest"].get(name)
            of_table = max(grown["heap"], grown["rows"] * rest["heap"] if rest else 0)
            of_index = grown["rows"] * rest["index"] * self.index_fill if rest else grown["index"]
            rows += grown["rows"]
            if name in PASSING:
                passing += of_table + of_index
            else:
                heap, index = heap + of_table, index + of_index
        return Bytes(heap, index, passing, rows)

    def wal_bytes(self, story: str) -> float:
        return float(self.own[story]["wal_bytes"])

    def _lines(self, budget: str, what: str) -> list[dict[str, Any]]:
        row = self.bench.get(budget)
        found = [line for line in row["lines"] if what in line["what"]] if row else []
        if not found:
            raise MissingFigureError(f"docs/performance.json has no line “{what}” of {budget}")
        return found

    def _line(self, budget: str, what: str) -> dict[str, Any]:
        return self._lines(budget, what)[0]

    def _largest(self, budget: str, what: str) -> float:
        """Milliseconds at the largest size that was measured."""
        row = self.bench.get(budget, {"curves": []})
        for curve in row["curves"]:
            if curve["what"] == what:
                return float(curve["points"][-1][1])
        raise MissingFigureError(f"docs/performance.json has no curve “{what}” of {budget}")

    def _split(self, budget: str, what: str, who: str) -> Cpu:
        found = SPLIT.search(self._line(budget, what)["beside"].get(who, ""))
        if not found:
            raise MissingFigureError(f"docs/performance.json does not say the CPU of “{what}” of {budget}")
        return Cpu(float(found[1]), float(found[2]))

    def _microseconds(self, text: str) -> float:
        found = MICROSECONDS.search(text)
        if not found:
            raise MissingFigureError(f"“{text}” of docs/performance.json has no microseconds")
        return float(found[1])


def read(*, index_fill: float) -> Costs:
    """The costs as they were measured last."""
    return Costs(json.loads(BENCH.read_text()), json.loads(OWN.read_text()), index_fill=index_fill)
