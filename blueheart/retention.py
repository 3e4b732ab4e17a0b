"""What is forgotten after its time: each rule can count what is due, and forget it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction


@dataclass(frozen=True)
class Rule:
    """One rule of forgetting. `forget` returns of how many, and is safe to repeat.

    `name` is that of its job; `says` tells people what and when. What `is_nightly` runs every night and no other job
    does it.
    """

    name: str
    says: str
    forget: Callable[[], int]
    count: Callable[[], int] | None = None
    is_nightly: bool = False

    def due(self) -> int:
        """How much would be forgotten now; nothing is changed.

        A rule that cannot count is tried and rolled back: it must touch nothing but the database.
        """
        if self.count:
            return self.count()
        with transaction.atomic():
            tried = self.forget()
            transaction.set_rollback(True)
        return tried
