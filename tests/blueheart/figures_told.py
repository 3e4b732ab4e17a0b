"""What `/metrics` says, as Prometheus reads it."""

import contextlib

from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from blueheart.metrics.of_portal import portal


def told():
    """Every series by its name and labels: `told()["blueheart_queue_waiting", ("queue", "mail")]`."""
    portal.forget()
    answer = Client().get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@contextlib.contextmanager
def grown():
    """By how much each series grew meanwhile: those that did, and were told."""
    before, found = told(), {}
    yield found
    now = told()
    found |= {series: value - before.get(series, 0.0) for series, value in now.items() if value != before.get(series)}


@contextlib.contextmanager
def counted(name):
    """By how much the series of that name grew meanwhile in this process, by their one label."""
    before, found = _counted(name), {}
    yield found
    found |= {label: value - before.get(label, 0.0) for label, value in _counted(name).items()}
    for label in [label for label, value in found.items() if not value]:
        del found[label]


def _counted(name):
    return {
        next(iter(sample.labels.items())): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name
    }
