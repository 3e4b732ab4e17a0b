"""What workers counted, on whatever machine: each adds its part to rows that all web servers read.

A worker listens nowhere, and what it counts outlives it (docs/adr/0032-figures-of-workers-are-rows.md).
"""

import json
import os
import time
from collections.abc import Mapping

from django.db import connection

from blueheart.metrics import shared
from blueheart.metrics.figures import OF_WORKERS, count_for_workers
from blueheart.metrics.models import Figure

from prometheus_client import Metric  # isort: skip -- after the folder is named
from prometheus_client.core import GaugeMetricFamily  # isort: skip
from prometheus_client.samples import Sample  # isort: skip

Series = tuple[str, str]  # name and labels

SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}

# In one order, so that two workers never wait for each other.
REPLACE = """
INSERT INTO metrics_figure (name, labels, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[]) AS told (name, labels, value) ORDER BY 1, 2
ON CONFLICT (name, labels) DO UPDATE SET value = excluded.value
"""
ADD = REPLACE.replace("SET value = excluded.value", "SET value = metrics_figure.value + excluded.value")

_told: dict[Series, float] = {}


def begin() -> None:
    """Let this process count for workers, in a folder of its own that goes when it has ended. Before it counts."""
    os.environ[shared.VARIABLE] = str(shared.folder_of(os.getpid()))
    shared.make_ready.cache_clear()
    count_for_workers()


def tell() -> int:
    """Add what this process counted since the last time; returns how many figures changed.

    What could not be told is told the next time. A figure that is new is told as it is, 0 too: without its empty ones
    the classes of a histogram say something else.
    """
    counted = {
        (sample.name, _as_text(sample.labels)): sample.value
        for metric in OF_WORKERS
        for family in metric.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }
    more = {
        series: value - _told.get(series, 0.0)
        for series, value in counted.items()
        if series not in _told or value != _told[series]
    }
    _write(ADD, more)
    _told.update(counted)
    return len(more)


def tell_check(check: str, found: int) -> None:
    """Keep how many findings a check had, and when: whether a worker made it or a command."""
    labels = _as_text({"check": check})
    _write(
        REPLACE,
        {("blueheart_check_findings", labels): found, ("blueheart_check_timestamp_seconds", labels): time.time()},
    )


def read() -> list[Metric]:
    """What all workers counted so far, and what the checks found; one query."""
    rows = [
        Sample(name, json.loads(labels), value)
        for name, labels, value in Figure.objects.values_list("name", "labels", "value")
    ]
    families = [family for metric in OF_WORKERS for family in metric.describe()]
    families += [
        GaugeMetricFamily("blueheart_check_findings", "What the check found wrong the last time.", labels=["check"]),
        GaugeMetricFamily(
            "blueheart_check_timestamp_seconds", "When the check was made the last time.", labels=["check"]
        ),
    ]
    for family in families:
        names = {family.name + suffix for suffix in SUFFIXES[family.type]}
        family.samples = sorted((row for row in rows if row.name in names), key=_order)
    return families


def _write(statement: str, figures: Mapping[Series, float]) -> None:
    if not figures:
        return
    with connection.cursor() as cursor:
        names, labels = ([series[part] for series in figures] for part in (0, 1))
        cursor.execute(statement, [names, labels, list(figures.values())])


def _as_text(labels: Mapping[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


def _order(sample: Sample) -> tuple[list[tuple[str, str]], str, float]:
    """Classes of a histogram stand in the order of their bounds."""
    labels = dict(sample.labels)
    bound = float(labels.pop("le", "inf"))
    return sorted(labels.items()), sample.name, bound
