"""How many rows a list has, without counting millions: exact while that costs nothing, then an estimate or a bound."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from blueheart.templatetags.money import number as in_words

SMALL = 10_000  # rows of a whole table that are counted; beyond, PostgreSQL's own estimate is told
FOUND = 1_000  # rows of a choice that are counted unasked
MOST = 100_000  # rows that are counted, or added up, where somebody asks


class Sureness(Enum):
    EXACT = "exact"
    ABOUT = "about"
    MORE = "more"


@dataclass(frozen=True)
class Counted:
    """A number of rows, and how sure it is: exact, about so many, or more than so many."""

    number: int
    sureness: Sureness = Sureness.EXACT

    @property
    def is_exact(self) -> bool:
        return self.sureness is Sureness.EXACT

    @property
    def words(self) -> str:
        """In the reader's language, such as “about 5,012,000”."""
        if self.sureness is Sureness.ABOUT:
            return _("about %(number)s") % {"number": in_words(round(self.number, -3))}
        if self.sureness is Sureness.MORE:
            return _("more than %(number)s") % {"number": in_words(self.number)}
        return in_words(self.number)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # it cannot be subscripted at run time
    """Counts no further than the rows that a choice is counted to: what lies beyond is reached by searching."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return count_to(rows, FOUND).number if isinstance(rows, QuerySet) else len(rows)


def count_to(rows: QuerySet[Any], most: int) -> Counted:
    """The number of the rows, or that there are more than `most`; PostgreSQL reads no row beyond."""
    number = rows.order_by().values("pk")[: most + 1].count()
    return Counted(number) if number <= most else Counted(most, Sureness.MORE)


def count_all(rows: QuerySet[Any]) -> Counted:
    """The number of rows of a whole table, by PostgreSQL's statistics where it is large."""
    about = estimate(rows.model)
    if about > SMALL:
        return Counted(about, Sureness.ABOUT)
    return count_to(rows, SMALL)


def estimate(model: type[Model]) -> int:
    """How many rows PostgreSQL believes the table to have since it last looked; below zero if it never did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [model._meta.db_table])
        found = cursor.fetchone()
    return int(found[0]) if found else -1
