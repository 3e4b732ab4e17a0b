"""The API's description of itself (OpenAPI 3.1), with an example of every answer and the headers that it comes with."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from ninja import Schema
from ninja.operation import Operation
from ninja.router import BoundRouter

from blueheart.api.lists import items_as_csv
from blueheart.api.schemas import Page, Problem, example_of, schema_in

PROBLEM = "application/problem+json"
# What a caller did to come to each problem, as its title and its detail say it.
PROBLEMS = {
    400: (
        "A parameter that is not understood, or a cursor that is not one of ours.",
        {"status": 400, "title": "Bad Request", "detail": "limit: Input should be less than or equal to 200"},
    ),
    404: (
        "There is no such row, or it is not published.",
        {"status": 404, "title": "Not Found", "detail": "There is no such row, or it is not published."},
    ),
}
HEADERS = {
    "ETag": {
        "description": "Names this very answer; send it as `If-None-Match` to be told 304 while it stays the same.",
        "schema": {"type": "string"},
        "example": '"5f0c8a4f3b7e9d21c6a1"',
    },
    "Cache-Control": {
        "description": "Shared caches may keep the answer for a moment.",
        "schema": {"type": "string"},
        "example": "public, max-age=0, s-maxage=2",
    },
    "Access-Control-Allow-Origin": {
        "description": "Scripts of every site may read the answer.",
        "schema": {"type": "string"},
        "example": "*",
    },
}
LINK = {
    "description": 'The address of the next page, with `rel="next"`; not there on the last one.',
    "schema": {"type": "string"},
    "example": '<https://blueheart.example/api/v1/facts?cursor=…>; rel="next"',
}


def described(schema: Any, routers: Iterable[BoundRouter]) -> Any:
    """The description with this server's address, examples, headers, CSV and problems as they are really sent."""
    schema["servers"] = [{"url": settings.SITE_URL}]
    operations = {
        operation.operation_id or operation.api.get_openapi_operation_id(operation): operation
        for router in routers
        for view in router.path_operations.values()
        for operation in view.operations
    }
    for path in schema["paths"].values():
        for details in path.values():
            _describe(details, operations[details["operationId"]])
    return schema


def _describe(details: dict[str, Any], operation: Operation) -> None:
    answer = _answer_of(operation)
    is_list = issubclass(answer, Page)
    found = details["responses"][200]
    found["description"] = "The rows of this page." if is_list else "The row."
    found["headers"] = HEADERS | ({"Link": LINK} if is_list else {})
    found["content"]["application/json"]["example"] = example_of(answer)
    found["content"]["text/csv"] = {"schema": {"type": "string"}, "example": _csv_example(details, answer)}
    details["responses"][304] = {"description": "You have this very answer already: its ETag was in `If-None-Match`."}
    for status in operation.response_models.keys() & PROBLEMS.keys():
        description, example = PROBLEMS[status]
        problem = details["responses"][status]
        problem["description"] = description
        problem["content"] = {PROBLEM: problem["content"]["application/json"] | {"example": example}}


def _answer_of(operation: Operation) -> type[Schema]:
    answer: type[Schema] = operation.response_models[200].model_fields["response"].annotation
    return answer


def _csv_example(details: dict[str, Any], answer: type[Schema]) -> str:
    if given := details.pop("x-csv-example", None):
        return str(given)
    row = (schema_in(answer.model_fields["items"].annotation) if issubclass(answer, Page) else answer) or Problem
    return items_as_csv(row, [row(**example_of(row))])
