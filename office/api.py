"""The public API, version 1: read-only and open to all. Each app has its own addresses; here they become one."""

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import override
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from blueheart.api.doors import PublicAPI
from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.api import router as content
from campaigns.markdown import to_html
from donations.api import router as money
from office.stats import router as both
from pledges.api import router as hearts

DESCRIPTION = """\
Everything that the Blue Heart portal publishes, for scripts: read-only, without a key, from any site.

Independent open-source software in Stripe's test mode, not an official site of the United Nations. What the United \
Nations published about real money, and what was given on this portal in test mode, are never added to each other.

- Lists come in pages: follow `next` (or the `Link` header) until it is null. A list has one order, and a page that \
you have begun stays whole while rows are added or removed.
- `format=csv` gives the same rows as a table.
- `lang` chooses the language of texts; each row's `lang` says which one a text really came in.
- Send an answer's `ETag` as `If-None-Match`, and you are told 304 while nothing has changed.
- HEAD is answered as GET without a body; everything but GET, HEAD and OPTIONS is refused with 405.
- What goes wrong is told in the form of RFC 9457 (`application/problem+json`).
- Every figure carries its source and its year. Show both where you show the figure.
"""


class Handbook(DocsBase):
    """The description as one page that people read, without scripts."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        context = handbook(api.get_openapi_schema()) | {"description_url": reverse("api-1:openapi-json")}
        with override(DEFAULT_LANGUAGE):
            return render(request, "office/api.html", context)


def handbook(schema: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of the description: each address with its parameters, an example and its fields."""
    operations = [
        _operation(path, details["get"], schema["components"]["schemas"]) for path, details in schema["paths"].items()
    ]
    problems = schema["paths"]["/api/v1/campaigns/{slug}"]["get"]["responses"]
    return {
        "info": schema["info"],
        "introduction": to_html(schema["info"]["description"]),
        "operations": operations,
        "problems": [_problem(status, problems[status]) for status in (400, 404)],
    }


def _operation(path: str, details: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = details["responses"][200]["content"]
    answer = schemas[_name(content["application/json"]["schema"])]
    items = answer["properties"].get("items")
    return {
        "id": details["operationId"],
        "path": path,
        "try_url": path.replace("{slug}", "blue-heart"),
        "summary": details["summary"],
        "description": to_html(details["description"]),
        "parameters": [_parameter(parameter, schemas) for parameter in details["parameters"]],
        "fields": _fields(schemas[_name(items["items"])] if items else answer, schemas),
        "json": json.dumps(content["application/json"]["example"], indent=2, ensure_ascii=False),
        "csv": content["text/csv"]["example"],
    }


def _parameter(parameter: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    referred = [part for part in (schema, *schema.get("anyOf", [])) if "$ref" in part or "enum" in part]
    values = [value for part in referred for value in (schemas[_name(part)] if "$ref" in part else part)["enum"]]
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "description": to_html(parameter["description"]),
        "values": values,
        "default": schema.get("default"),
    }


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> list[tuple[str, SafeString]]:
    """Each field's name and what it holds; those of a row within the row stand under it as `outer.inner`, those of
    a list of rows as `outer[].inner`."""
    told: list[tuple[str, SafeString]] = []
    for name, field in schema["properties"].items():
        told.append((prefix + name, field.get("description", "")))
        nested = next(
            (part for part in (field, field.get("items", {}), *field.get("anyOf", [])) if "$ref" in part), None
        )
        if nested:
            within = "[]." if nested is field.get("items") else "."
            told += _fields(schemas[_name(nested)], schemas, f"{prefix}{name}{within}")
    return told


def _problem(status: int, response: dict[str, Any]) -> dict[str, Any]:
    example = response["content"]["application/problem+json"]["example"]
    return {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "description": response["description"],
        "json": json.dumps(example, indent=2),
    }


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


api = PublicAPI(
    title="Blue Heart API",
    version="1",
    description=DESCRIPTION,
    docs=Handbook(),
    urls_namespace="api-1",
    openapi_extra={
        "info": {"license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"}},
        "tags": [
            {"name": "Content", "description": "What the pages of the portal say."},
            {"name": "Hearts", "description": "Who wears the heart. A pledge is a promise: not a vote and not money."},
            {"name": "Hearts and money", "description": "Both side by side, never added up."},
            {"name": "Money in test mode", "description": "What happened on this portal: no real money moves."},
        ],
        "externalDocs": {"description": "The portal", "url": settings.SITE_URL},
    },
)
api.add_router("", content)
api.add_router("", money)
api.add_router("", hearts)
api.add_router("", both)
