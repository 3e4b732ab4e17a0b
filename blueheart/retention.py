"""What is forgotten after its time: each rule can count what is due, and forget it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Rule:
    """One rule of forgetting. `forget` returns of how many, and is safe to repeat; `count` says of how many it would
    be now, and changes nothing.

    `name` is that of its job; `says` tells people what and when. What `is_nightly` runs every night and no other job
    does it.
    """

    name: str
    says: str | Promise
    forget: Callable[[], int]
    count: Callable[[], int]
    is_nightly: bool = False
