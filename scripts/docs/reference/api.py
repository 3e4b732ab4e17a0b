"""The open API, from the description that it gives of itself."""

from typing import Any

from office.api import api
from scripts.docs.reference.markdown import code, first_paragraph, table

Json = dict[str, Any]
HEAD = """# API, version 1

Made from the portal's own OpenAPI description, which a running portal has at `/api/v1/openapi.json`, with a page to try
it at `/api/v1/docs`. Everything is read-only and open to every site. Money is whole numbers in minor units beside its
currency.
"""


def page() -> str:
    described: Json = api.get_openapi_schema()
    paths = [_path(path, acts) for path, acts in described["paths"].items()]
    rows = [_schema(name, schema) for name, schema in sorted(described["components"]["schemas"].items())]
    return "\n".join([HEAD, "## Addresses\n", *paths, "## What comes back\n", *rows])


def _path(path: str, acts: Json) -> str:
    parts = []
    for method, act in acts.items():
        parts.append(f"### {method.upper()} {path}\n")
        parts += [f"{act[key]}\n" for key in ("summary", "description") if act.get(key)]
        if asked := act.get("parameters"):
            parts.append(table(("Parameter", "In", "Kind", "What it is"), map(_parameter, asked)))
        parts.append(table(("Answer", "What it holds"), (_answer(*each) for each in act["responses"].items())))
    return "\n".join(parts)


def _parameter(asked: Json) -> tuple[str, str, str, str]:
    words = asked.get("description") or asked["schema"].get("description", "")
    return code(asked["name"]), asked["in"], kind(asked["schema"]), words


def _answer(status: Any, answer: Json) -> tuple[str, str]:
    held = {kind(content["schema"]) for content in answer.get("content", {}).values() if content.get("schema")}
    return str(status), ", ".join(sorted(held)) or answer.get("description", "")


def _schema(name: str, schema: Json) -> str:
    parts = [f"### {name}\n"]
    if words := first_paragraph(schema.get("description")):
        parts.append(f"{words}\n")
    fields = schema.get("properties", {})
    rows = ((code(field), kind(said), said.get("description", "")) for field, said in fields.items())
    return "\n".join([*parts, table(("Field", "Kind", "What it is"), rows)])


def kind(schema: Json) -> str:
    """A JSON schema in few words."""
    if "$ref" in schema:
        return code(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema or "allOf" in schema:
        return " or ".join(dict.fromkeys(kind(each) for each in schema.get("anyOf") or schema["allOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(code(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    written = f" ({schema['format']})" if "format" in schema else ""
    return f"{schema.get('type', 'anything')}{written}"
