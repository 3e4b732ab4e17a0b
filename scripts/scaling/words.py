"""How figures, spans of time and tables are written in docs/scaling.md."""

from collections.abc import Iterable, Iterator, Sequence

DAY = 24 * 60 * 60


def milliseconds(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def percent(share: float) -> str:
    return f"{100 * share:,.0f}%" if share < 100 else "over 10,000%"


def dollars(value: float) -> str:
    return f"{value:,.0f}"


def three(value: float) -> str:
    """Three digits that count, thousands parted."""
    if value == 0:
        return "0"
    if abs(value) >= 999.5:
        digits = len(str(round(abs(value)))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"


def span(seconds: float) -> str:
    if seconds == float("inf"):
        return "for ever"
    if seconds < 1:
        return "under 1 s"
    for size, name in ((DAY, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (name == "min" and seconds >= 60):
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.0f} s"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)
