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

`GET /metrics`, in Prometheus' text format, added up over the processes of one web server. This machine may read it;
another one shows `METRICS_TOKEN` ([settings](settings.md)). A counter's name ends in `_total` there. What the figures
mean for who runs the portal is in [Operating](../operating.md).
"""


@dataclass(frozen=True)
class Metric:
    """One figure, as the code declares it."""

    name: str
    kind: str
    words: str
    labels: tuple[str, ...]

    @property
    def shown_as(self) -> str:
        """Its name as Prometheus has it."""
        return f"{self.name.removesuffix('_total')}_total" if self.kind == "counter" else self.name


def page() -> str:
    rows = [
        (code(metric.shown_as), metric.kind, ", ".join(code(label) for label in metric.labels), metric.words)
        for metric in metrics()
    ]
    return f"{HEAD}\n{table(('Metric', 'Kind', 'Labels', 'What it tells'), rows)}"


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
    kind = KINDS[ast.unparse(call.func).rpartition(".")[2]]
    of = tuple(text_of(label) for label in getattr(listed, "elts", ()))
    return Metric(text_of(name), kind, text_of(words or given.get("documentation")), of)
