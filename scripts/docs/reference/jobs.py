"""What the worker does by itself."""

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from django.utils import translation

from office.jobs import lanes
from office.privacy.retention import RULES
from office.worker import Job
from scripts.docs.reference.markdown import code, first_paragraph, table

HEAD = """# Background jobs

What `manage.py work` does, from the table in `office/jobs.py`. Each lane is a thread with a database connection of its
own; the jobs of a lane take turns. Jobs of ten seconds or more run once for all workers together, the others in each.
Times of the day are in UTC.
"""


def page() -> str:
    with translation.override("en"):
        parts = [
            f"## Lane {lane.name}\n\n" + table(("Job", "When", "What it does"), (_row(job) for job in lane.jobs))
            for lane in lanes()
        ]
    return "\n".join([HEAD, *parts])


def words(job: Job) -> str:
    """What the job does: what its rule of forgetting says, or its function; empty where neither says anything."""
    rule = next((rule for rule in RULES if rule.name == job.name and rule.forget == job.run), None)
    return f"Forgets: {rule.says}" if rule else first_paragraph(_behind(job.run).__doc__)


def _row(job: Job) -> tuple[str, str, str]:
    return code(job.name), _when(job), words(job)


def _when(job: Job) -> str:
    if job.hour is not None:
        return f"once a day, from {job.hour:02}:00 on"
    every = f"every {_lasting(job.every)}"
    return f"{every}, and at once while there is more" if job.drains else every


def _lasting(seconds: float) -> str:
    for unit, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            number = seconds / length
            return unit if number == 1 else f"{number:g} {unit}s"
    return f"{seconds:g} seconds"


def _behind(run: Callable[[], int]) -> Any:
    """The function that a job runs; of a lambda, what it calls."""
    if not isinstance(run, FunctionType) or run.__name__ != "<lambda>":
        return run
    first, *others = run.__code__.co_names
    found = run.__globals__[first]
    return getattr(found, others[0]) if isinstance(found, ModuleType) else found
