"""The sandbox's own API as an OpenAPI description, made from parameters.json; `GET /_control/openapi`."""

from __future__ import annotations

import re
from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.endpoints import ENDPOINTS, Endpoint
from stripe_sandbox.parameters import TABLES

FORM = "application/x-www-form-urlencoded"
LONGEST_LIST = 4
SCALARS: dict[str, dict[str, Any]] = {
    "string": {"type": "string", "minLength": 1, "maxLength": 60},
    "integer": {"type": "integer", "minimum": -(10**12), "maximum": 10**12},
    "boolean": {"type": "boolean"},
    "decimal": {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,4})?$"},
}
ANSWERS = {
    "200": {"description": "The object.", "content": {"application/json": {"schema": {"type": "object"}}}},
    "default": {
        "description": "A refusal.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object"}}}
            }
        },
    },
}


def description() -> dict[str, Any]:
    """Every endpoint with the parameters that it imitates. Nested names go as `a[b][0]`, as Stripe takes them."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "The Stripe sandbox", "version": API_VERSION},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}],
        "paths": paths,
    }


def operation(endpoint: Endpoint) -> dict[str, Any]:
    table = TABLES[endpoint.table]
    names = re.findall(r"\{(\w+)\}", endpoint.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in names
    ]
    described: dict[str, Any] = {"operationId": endpoint.table, "parameters": parameters, "responses": ANSWERS}
    if endpoint.method == "POST":
        described["requestBody"] = {"content": {FORM: {"schema": schema(table)}}}
    else:
        parameters += query(table)
    return described


def query(table: dict[str, Any]) -> list[dict[str, Any]]:
    needed = table.get("required", [])
    return [
        {"name": name, "in": "query", "style": "deepObject", "required": name in needed, "schema": schema(each)}
        for name, each in table["object"].items()
        if each is not None
    ]


def schema(table: Any) -> dict[str, Any]:
    if isinstance(table, str):
        return dict(SCALARS[table])
    if "enum" in table:
        return {"enum": list(table["enum"])}
    if "any" in table:
        return {"anyOf": [schema(each) for each in table["any"] if each is not None]}
    if "list" in table:
        return {"type": "array", "items": schema(table["list"]), "maxItems": LONGEST_LIST}
    if "map" in table:
        return {"type": "object", "additionalProperties": schema(table["map"]), "maxProperties": LONGEST_LIST}
    return {
        "type": "object",
        "properties": {name: schema(each) for name, each in table["object"].items() if each is not None},
        "required": list(table.get("required", [])),
        "additionalProperties": False,
    }
