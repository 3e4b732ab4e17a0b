"""Tables and buttons of the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from stripe_sandbox.money import format_amount
from stripe_sandbox.pages import text
from stripe_sandbox.store import Json

SHOWN = 25


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def button(act_name: str, target: str, label: str) -> str:
    return (
        '<form method="post" action="/">'
        f'<input type="hidden" name="act" value="{text(act_name)}">'
        f'<input type="hidden" name="target" value="{text(target)}">'
        f'<button class="quiet">{text(label)}</button></form> '
    )


def table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """`rows` hold HTML."""
    if not rows:
        return f'<h2>{text(title)}</h2><p class="small">None yet.</p>'
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<h2>{text(title)}</h2><div class="table" tabindex="0" role="region" aria-label="{text(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def amount(thing: Json, name: str = "amount") -> str:
    return text(format_amount(thing[name], thing["currency"]))
