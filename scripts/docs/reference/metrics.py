"""What `/metrics` tells Prometheus."""

import ast
from dataclasses import dataclass

from scripts.docs.reference.markdown import code, table
from scripts.docs.reference.source import calls, modules, text_of

KINDS = {
    "Counter": "counter",
    "Gauge": "gauge",
    "Histogram": "histogram",
    "Summary": "summary",
    "CounterMetricFamily": "counter",
    "GaugeMetricFamily": "gauge",
    "HistogramMetricFamily": "histogram",
    "SummaryMetricFamily": "summary",
}
HEAD = """# Metrics

`GET /metrics`, in Prometheus' text format. [Watching it](../how-to/observability.md) says who may read it, and
[Operating](../operating.md#alerts) what to do when an alert that is made of these figures fires.

Figures of *this web server* are of its own processes, added up: over several servers they are for `sum()`. Those of
*the portal* come from the database, and every web server tells the same: they are for `max()`. A histogram has its
`_bucket` with the label `le`, its `_sum` and its `_count`.
"""
UNITS = {
    "_timestamp_seconds": "seconds since 1970, 0: never",
    "_seconds": "seconds",
    "_up": "0 or 1",
    "_failed": "0 or 1",
}
HISTOGRAM = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class Metric:
    """One figure, as the code declares it."""

    name: str
    kind: str
    words: str
    labels: tuple[str, ...]
    is_read: bool = False

    @property
    def shown_as(self) -> str:
        """Its name as Prometheus has it."""
        return f"{self.name.removesuffix('_total')}_total" if self.kind == "counter" else self.name

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query may ask for."""
        return tuple(self.name + suffix for suffix in HISTOGRAM) if self.kind == "histogram" else (self.shown_as,)

    @property
    def unit(self) -> str:
        """What one of it is."""
        return next((unit for suffix, unit in UNITS.items() if self.name.endswith(suffix)), "number")

    @property
    def is_of_the_portal(self) -> bool:
        """Whether it is read from the database, so that all web servers tell the same."""
        if self.name.startswith("blueheart_worker_"):
            return True
        return self.is_read and "this web server's" not in self.words


def page() -> str:
    rows = [
        (
            code(metric.shown_as),
            metric.kind,
            ", ".join(code(label) for label in metric.labels),
            metric.unit,
            "the portal" if metric.is_of_the_portal else "this web server",
            metric.words,
        )
        for metric in metrics()
    ]
    return f"{HEAD}\n{table(('Metric', 'Kind', 'Labels', 'Unit', 'Of', 'What it tells'), rows)}"


def metrics() -> list[Metric]:
    """Every figure that our code declares, by name."""
    found = (_metric(call) for tree in modules().values() for name, call in calls(tree) if _is_metric(name, call))
    return sorted(found, key=lambda metric: metric.name)


def _is_metric(name: str, call: ast.Call) -> bool:
    return name.rpartition(".")[2] in KINDS and bool(call.args) and bool(text_of(call.args[0]))


def _metric(call: ast.Call) -> Metric:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    name, words, labels, *_others = [*call.args, None, None, None]
    listed = labels or given.get("labelnames") or given.get("labels")
    declared = ast.unparse(call.func).rpartition(".")[2]
    of = tuple(text_of(label) for label in getattr(listed, "elts", ()))
    told = text_of(words or given.get("documentation"))
    return Metric(text_of(name), KINDS[declared], told, of, is_read=declared.endswith("Family"))
