"""P10: what the office's lists cost at size, against the same lists over thousands: every list that is registered.

Each database is served by a process of its own and asked in turns, for the first page, for one row by the address or
value that finds it, and for one month. First it is checked that each page answers 200, and that the row searched for
is on it. Where the small database has less than a page of rows, both show as many: what is compared is the finding,
not the printing. CPU is that of the process and of its PostgreSQL backend together. A page costs O(rows shown): an
index is walked; counts and dates are estimates, or end at a bound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.portal import Portal
from benchmarks.rounds import in_turns

OFFICE = "benchmarks.staff_desk:ready"
SIZES, QUICK_SIZES = ((5_000, 5_000), (5_000_000, 1_000_000)), ((1_000, 100), (1_000, 100))
BOUND = Bound(most=1.5)
NOISE_MS = 2.0  # what lies within it is no growth: a cold cache costs more
REQUESTS, MOST_ROUNDS, ATTEMPTS = 3, 3, 3  # there are more than a hundred pages
DRAWN = {"pledges.Pledge": 0, "donations.Donation": 1}  # lists of which a curve is drawn: which of a size's numbers
MOST_QUERIES, FEW, MANY = 15, 1, 300


@dataclass(frozen=True)
class Page:
    """One page of a list, as both databases have it; `rows` is what either shows of it."""

    label: str
    name: str
    addresses: tuple[str, str]
    rows: int


def measure(wish: Wish) -> Measured:
    """Cost of every page at size over that of the small one."""
    small, big = ((QUICK_SIZES if wish.quick else SIZES)[place] for place in (0, 1))
    databases = [stage.database(pledges=size[0], donations=size[1]) for size in (small, big)]
    with Portal(databases[0], OFFICE) as of_small, Portal(databases[1], OFFICE) as of_big:
        desks = (of_small, of_big)
        pages = _pages(desks, wish)
        found = [(page, _line(desks, page, wish)) for page in pages]
        curves = [_curve(desks, page, (small, big)) for page in pages if page.label in DRAWN]
    return Measured(_dearest_of_each_kind(found), curves)


def staff_queries(wish: Wish) -> list[Line]:
    """P5's part of the office: how many queries a list asks at most, and how many more for 300 rows than for one."""
    pledges, donations = QUICK_SIZES[0] if wish.quick else SIZES[0]
    with Portal(stage.database(pledges=pledges, donations=donations), OFFICE) as desk:
        asked = {
            f"{page.label}, {page.name}": [desk.ask("queries", **_of(page, 0, rows)) for rows in (FEW, MANY)]
            for page in _pages((desk, desk), wish)
        }
    most = max(asked, key=lambda name: asked[name][1])
    grows = max(asked, key=lambda name: asked[name][1] - asked[name][0])
    few, many = asked[grows]
    return [
        Line(f"queries of {len(asked)} staff lists", [asked[most][1]], Bound(most=MOST_QUERIES), {"most in": most}),
        Line("more for 300 rows than for one", [many - few], Bound(most=0), {"most in": grows}),
    ]


def _pages(desks: tuple[Portal, Portal], wish: Wish) -> list[Page]:
    """Every page of every list; a quick run has two lists."""
    of_small, of_big = (desk.ask("lists", only=list(DRAWN) if wish.quick else []) for desk in desks)
    pages = [
        Page(label, name, (address, of_big[label][name][0]), min(rows, of_big[label][name][1]))
        for label, pages in of_small.items()
        for name, (address, rows) in pages.items()
        if name in of_big[label]
    ]
    if not pages:
        raise WrongAnswerError("the office has no list")
    return pages


def _dearest_of_each_kind(found: list[tuple[Page, Line]]) -> list[Line]:
    """One line for each kind of page, with the list whose cost grows most; and every list that costs too much."""
    kinds: dict[str, list[Line]] = {}
    for page, line in found:
        kinds.setdefault(page.name, []).append(line)
    lines = []
    for kind, of_kind in kinds.items():
        dearest = max(of_kind, key=lambda line: (not line.is_met, line.figure))
        beside = {"dearest of": f"{len(of_kind)} lists", "it is": dearest.what.rpartition(",")[0], **dearest.beside}
        lines.append(Line(kind, dearest.rounds, BOUND, beside, also=dearest.also))
        lines += [line for line in of_kind if not line.is_met and line is not dearest]
    return lines


def _of(page: Page, place: int, rows: int) -> dict[str, Any]:
    return {"label": page.label, "path": page.addresses[place], "rows": rows}


def _asker(desks: tuple[Portal, Portal], page: Page, place: int) -> Callable[[], tuple[float, float]]:
    return lambda: tuple(desks[place].ask("cost", times=REQUESTS, **_of(page, place, page.rows)))


def _line(desks: tuple[Portal, Portal], page: Page, wish: Wish) -> Line:
    """Asked again where it seems too dear: a busy machine makes a round long, and never short."""
    rounds = min(wish.rounds, MOST_ROUNDS)
    small: list[tuple[float, float]] = []
    big: list[tuple[float, float]] = []
    for _attempt in range(1 if wish.quick else ATTEMPTS):
        found = in_turns({"small": _asker(desks, page, 0), "big": _asker(desks, page, 1)}, rounds)
        small, big = small + found["small"], big + found["big"]
        more = median(b[0] - s[0] for s, b in zip(small, big, strict=True))
        line = Line(
            f"{page.label}, {page.name}",
            [b[0] / s[0] for s, b in zip(small, big, strict=True)],
            BOUND,
            {
                "CPU": f"{_least(small, 0):.1f} → {_least(big, 0):.1f} ms",
                "wall": f"{_least(small, 1):.1f} → {_least(big, 1):.1f} ms",
                "rows": str(page.rows),
            },
            also=more <= NOISE_MS,
        )
        if line.is_met:
            break
    return line


def _least(costs: list[tuple[float, float]], place: int) -> float:
    return min(cost[place] for cost in costs)


def _curve(desks: tuple[Portal, Portal], page: Page, sizes: tuple[tuple[int, int], tuple[int, int]]) -> Curve:
    which = DRAWN[page.label]
    points = [(sizes[place][which], min(_asker(desks, page, place)()[0] for _turn in range(2))) for place in (0, 1)]
    return Curve(f"staff list {page.label}, {page.name}", points)


LISTS = Budget(10, "staff lists at 5 M pledges and 1 M gifts, against 5 k: CPU of a page", measure)
