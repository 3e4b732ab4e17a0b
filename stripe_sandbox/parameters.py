"""Form-encoded parameters: decoded, and held against Stripe's own tables of types.

The tables in parameters.json are made from the request types of the `stripe` package by
`python -m tests.stripe_sandbox.parameter_tables`; a test keeps them equal. A `null` there is a
parameter that Stripe knows and the sandbox does not imitate.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.errors import StripeError, malformed, not_imitated

TABLES: dict[str, Any] = json.loads((Path(__file__).parent / "parameters.json").read_text("utf-8"))
KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
INTEGER = re.compile(r"^-?\d{1,18}$")
MAX_TEXT = 5000
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


def decode(encoded: str) -> dict[str, Any]:
    """`a[b][0]=c` becomes {"a": {"b": {"0": "c"}}}; `a[]=c` counts up."""
    decoded: dict[str, Any] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True, max_num_fields=1000):
        match = KEY.match(key)
        if match is None:
            raise malformed(f"Received unknown parameter: {key}", key, "parameter_unknown")
        steps = [match.group(1), *re.findall(r"\[([^\[\]]*)\]", match.group(2))]
        put(decoded, steps, value, key)
    return decoded


def put(target: dict[str, Any], steps: list[str], value: str, key: str) -> None:
    for place, step in enumerate(steps):
        step = step or next_index(target, steps[place + 1 :])
        if place == len(steps) - 1:
            target[step] = value
            return
        below = target.setdefault(step, {})
        if not isinstance(below, dict):
            raise malformed("Invalid object", key)
        target = below


def next_index(target: dict[str, Any], rest: list[str]) -> str:
    """`items[][price]=a&items[][quantity]=1` is one item; a key seen before starts another."""
    last = len(target) - 1
    newest = target.get(str(last))
    if rest and isinstance(newest, dict) and rest[0] not in newest:
        return str(last)
    return str(last + 1)


def check(table_name: str, decoded: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their types, or Stripe's refusal (nothing has begun then)."""
    return check_object(TABLES[table_name], decoded, "")


def check_object(table: dict[str, Any], value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise malformed("Invalid object", path)
    known: dict[str, Any] = table["object"]
    unknown = [inside(path, name) for name in value if name not in known]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        raise malformed(f"Received unknown parameter{plural}: {', '.join(unknown)}", unknown[0], "parameter_unknown")
    for name in table.get("required", []):
        if name not in value:
            where = inside(path, name)
            raise malformed(f"Missing required param: {where}.", where, "parameter_missing")
    return {name: check_value(known[name], each, inside(path, name)) for name, each in value.items()}


def inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def check_value(table: Any, value: Any, path: str) -> Any:
    if table is None:
        raise not_imitated(path)
    if isinstance(table, str):
        return SCALARS[table](value, path)
    if "enum" in table:
        return check_enum(table["enum"], value, path)
    if "any" in table:
        return check_any(table["any"], value, path)
    if "list" in table:
        return check_list(table["list"], value, path)
    if "map" in table:
        return check_map(table["map"], value, path)
    return check_object(table, value, path)


def check_any(tables: list[Any], value: Any, path: str) -> Any:
    """The first reading that fits; of several refusals the last, most telling one."""
    refusal: StripeError | None = None
    for table in tables:
        try:
            return check_value(table, value, path)
        except StripeError as error:
            refusal = error
    raise refusal or malformed("Invalid value", path)


def check_enum(allowed: list[str], value: Any, path: str) -> str:
    if value in allowed:
        return str(value)
    shown = [each for each in allowed if each]
    choices = ", ".join(shown[:-1]) + f", or {shown[-1]}" if len(shown) > 1 else "".join(shown)
    raise malformed(f"Invalid {path}: must be one of {choices}", path)


def check_list(table: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, dict) or any(not index.isdecimal() for index in value):
        raise malformed("Invalid array", path)
    ordered = sorted(value.items(), key=lambda pair: int(pair[0]))
    return [check_value(table, each, f"{path}[{index}]") for index, each in ordered]


def check_map(table: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise malformed("Invalid object", path)
    if path.endswith(("metadata", "metadata]")):
        check_metadata(value, path)
    return {name: each if each == "" else check_value(table, each, f"{path}[{name}]") for name, each in value.items()}


def check_metadata(value: dict[str, Any], path: str) -> None:
    if len(value) > METADATA_KEYS:
        raise malformed(f"You can have up to {METADATA_KEYS} metadata keys on an object.", path)
    for name, text in value.items():
        if len(name) > METADATA_KEY_LENGTH:
            raise malformed(
                f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters, "
                f"but you passed in a key that is {len(name)} characters.", path,
            )  # fmt: skip
        if len(text) > METADATA_VALUE_LENGTH:
            raise malformed(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters, "
                f"but you passed in a value that is {len(text)} characters.", f"{path}[{name}]",
            )  # fmt: skip


def check_text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise malformed("Invalid string: " + json.dumps(value), path)
    if value == "":
        raise malformed(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset "
            f"a parameter; however '{path}' cannot be unset. You should remove '{path}' from your "
            "request or supply a non-empty value.", path, "parameter_invalid_empty",
        )  # fmt: skip
    if len(value) > MAX_TEXT:
        raise malformed(f"Invalid string: {value[:40]}…; must be at most {MAX_TEXT} characters", path)
    return value


def check_integer(value: Any, path: str) -> int:
    if not isinstance(value, str) or not INTEGER.match(value):
        raise malformed(f"Invalid integer: {value}", path, "parameter_invalid_integer")
    return int(value)


def check_boolean(value: Any, path: str) -> bool:
    if value not in ("true", "false"):
        raise malformed(f"Invalid boolean: {value}", path)
    return bool(value == "true")


def check_decimal(value: Any, path: str) -> str:
    try:
        Decimal(value)
    except (InvalidOperation, TypeError):
        raise malformed(f"Invalid decimal: {value}", path) from None
    return str(value)


SCALARS = {
    "string": check_text,
    "integer": check_integer,
    "boolean": check_boolean,
    "decimal": check_decimal,
}
