"""Rows that staff change now and then and every form reads: each process reads them once a second, if asked.

For what may be a second old: the words beside a box, the promises that are offered. Never for what bounds or stops
something (settings, rules of sources, limits), and never for what is about a person.

`blueheart.pages.keeping` is the other one. Here no query is asked at all, which is for a form that is posted, where
each round trip to PostgreSQL counts. There one query says whether content is as it was: for a page that is rendered,
which the page cache keeps until the next change and which may not be a second behind it.
"""

import time
from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
R = TypeVar("R")
MOST_KEPT = 256  # of one kind; beyond that all are read anew


def lately(read: Callable[P, R]) -> Callable[P, R]:
    """Let the function answer as it did, for KEEP_CONTENT_SECONDS. Its arguments must be hashable and all positional.

    What it returns is shared between requests and threads: nobody may change it.
    """
    kept: dict[Hashable, tuple[float, R]] = {}

    @wraps(read)
    def kept_or_read(*args: P.args, **kwargs: P.kwargs) -> R:
        now = time.monotonic()
        found = kept.get(args)
        if found and now < found[0]:
            return found[1]
        answer = read(*args, **kwargs)
        if settings.KEEP_CONTENT_SECONDS:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[args] = (now + settings.KEEP_CONTENT_SECONDS, answer)
        return answer

    return kept_or_read
