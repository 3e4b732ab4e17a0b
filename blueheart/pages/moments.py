"""Moments at which pages change though no row does: what is published from then on, what ends by itself."""

import datetime as dt
from collections.abc import Callable

NextMoment = Callable[[dt.datetime], dt.datetime | None]
_known: list[NextMoment] = []


def knows_moments(next_after: NextMoment) -> NextMoment:
    """Ask this function for the first of its moments after the one given; None where none is to come."""
    _known.append(next_after)
    return next_after


def next_moment(after: dt.datetime) -> dt.datetime | None:
    """The first of all."""
    return min((moment for ask in _known if (moment := ask(after))), default=None)
