"""Pages of a list, newest first, with Stripe's cursors."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import malformed, missing_object
from stripe_sandbox.store import Json

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
Conditions = list[tuple[str, Any]]


def field_is(path: str, value: Any) -> tuple[str, Any]:
    return (f"json_extract(data, '$.{path}') = ?", value)


def time_range(value: int | dict[str, int], path: str = "created") -> Conditions:
    """`created=5` or `created[gte]=5&created[lt]=9`."""
    column = "created" if path == "created" else f"json_extract(data, '$.{path}')"
    if isinstance(value, int):
        return [(f"{column} = ?", value)]
    return [(f"{column} {COMPARISONS[name]} ?", moment) for name, moment in value.items()]


def page(account: Account, kind: str, url: str, params: Json, conditions: Conditions | None = None) -> Json:
    """A list object; `starting_after` and `ending_before` name an object of the same kind."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise malformed("Invalid limit: must be between 1 and 100", "limit", "parameter_invalid_integer")
    if "starting_after" in params and "ending_before" in params:
        raise malformed(
            "You may only specify one of these parameters: ending_before, starting_after.", "starting_after"
        )
    wanted = list(conditions or [])
    if "created" in params:
        wanted += time_range(params["created"])
    backwards = "ending_before" in params
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            wanted.append((f"sequence {comparison} ?", cursor(account, kind, params[name], name)))
    found = account.store.find(kind, wanted, limit=limit + 1, ascending=backwards)
    has_more = len(found) > limit
    shown = found[:limit]
    if backwards:
        shown.reverse()
    return list_object(shown, url, has_more=has_more)


def cursor(account: Account, kind: str, object_id: str, param: str) -> int:
    if account.store.kind_of(object_id) != kind:
        raise missing_object(kind, object_id, param, status=400)
    return account.store.sequence(object_id) or 0


def slice_of(items: list[Json], url: str, params: Json) -> Json:
    """A page of a list that lives inside another object, in its own order."""
    limit = params.get("limit", 10)
    start, stop = 0, len(items)
    places = {item["id"]: place for place, item in enumerate(items)}
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in places:
            raise missing_object("item", params[name], name, status=400)
    if "starting_after" in params:
        start = places[params["starting_after"]] + 1
    if "ending_before" in params:
        stop = places[params["ending_before"]]
        start = max(start, stop - limit)
    shown = items[start:stop][:limit]
    return list_object(shown, url, has_more=len(items[start:stop]) > limit)


def list_object(items: list[Json], url: str, *, has_more: bool = False) -> Json:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}
