"""Numbers that the portal's own code and configuration say. Needs Django set up; asks no database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.db.models import Model, UniqueConstraint

from office.jobs import lanes
from pledges import site_settings
from scripts.scaling.model import Ours

NGINX = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "nginx.conf"
# Tables that grow with World Days, and what one would split them by: the moment for partitions, so that old ones rest.
GROWING = {
    "pledges.Pledge": "created_at",
    "donations.Donation": "created_at",
    "donations.StripeEvent": "received_at",
    "donations.LedgerTransaction": "booked_at",
    "donations.Receipt": "issued_at",
    "post.Message": "created_at",
}


class Keys(NamedTuple):
    """The unique keys of a table that know nothing of the column that would split it."""

    model: str
    column: str
    keys: list[str]


def read() -> Ours:
    """The portal as it is delivered."""
    connections = re.search(r"worker_connections (\d+);", NGINX.read_text())
    if not connections:
        raise LookupError(f"{NGINX} does not say worker_connections")
    return Ours(
        site_ten_minutes=_default(site_settings.SITE_BURST.default),
        site_day=_default(site_settings.SITE_DAY.default),
        lanes=len(lanes()),
        nginx_connections=float(connections[1]),
    )


def keys_in_the_way() -> Iterator[Keys]:
    """For each growing table the unique keys that would hold within one part only."""
    for name, column in GROWING.items():
        model = apps.get_model(name)
        model._meta.get_field(column)  # raises where there is none any more
        yield Keys(name, column, sorted(key for key, columns in _unique(model) if column not in columns))


def _unique(model: type[Model]) -> Iterator[tuple[str, set[str]]]:
    for field in model._meta.concrete_fields:
        if field.unique:
            yield f"`{field.name}`", {field.name}
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield f"`{constraint.name}`", set(constraint.fields)


def _default(value: object) -> float:
    return float(value() if callable(value) else value)  # type: ignore[arg-type]
