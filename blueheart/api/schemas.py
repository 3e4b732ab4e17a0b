"""What a caller may ask of any list, and what every answer is made of."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

from ninja import Schema
from pydantic import Field, GetCoreSchemaHandler, ValidationInfo, field_validator
from pydantic_core import core_schema

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES

MOST_ITEMS = 200
FEW_ITEMS = 100


class OneOf:
    """Marks a parameter that takes only these values: `Annotated[str, OneOf(Fact.Topic.values)]`."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = list(values)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.literal_schema(self.values)


Language = Annotated[str, OneOf(code for code, _name in LANGUAGES)]


class Wish(Schema):
    """What may be asked of every operation; an empty parameter is the same as none."""

    lang: Language = Field(
        DEFAULT_LANGUAGE,
        description=(
            "The language of texts, country names and links. A text that has no translation comes in English; the "
            "field `lang` of each row says which."
        ),
        json_schema_extra={"example": "fr"},
    )
    format: Literal["json", "csv"] = Field(
        "json", description="`csv` for the same rows as a table: UTF-8, one line per row."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any, info: ValidationInfo) -> Any:
        if value == "" and info.field_name:
            return cls.model_fields[info.field_name].default
        return value


class ListWish(Wish):
    """What may be asked of every list."""

    limit: int = Field(FEW_ITEMS, ge=1, le=MOST_ITEMS, description=f"How many rows at most, up to {MOST_ITEMS}.")
    cursor: str | None = Field(
        None, max_length=500, description="Where to go on: take it, or the whole address, from `next` as it is."
    )


class Page(Schema):
    """A list's answer without its rows, which each list adds as `items`."""

    count: int | None = Field(
        description="How many rows the whole list has, on all its pages; null where it is too long to be counted.",
        examples=[1],
    )
    next: str | None = Field(
        description="The address of the next page; null on the last one.",
        examples=[None],
        json_schema_extra={"format": "uri"},
    )


class Problem(Schema):
    """What went wrong, in the form of RFC 9457."""

    status: int = Field(description="The HTTP status again.", examples=[400])
    title: str = Field(description="The kind of problem.", examples=["Bad Request"])
    detail: str = Field(
        description="What to do differently.", examples=["limit: Input should be less than or equal to 200"]
    )


def example_of(schema: type[Schema]) -> dict[str, Any]:
    """An answer of this shape, put together from the examples of its fields. Raises `LookupError` without one."""
    return {name: _example(schema, name) for name in schema.model_fields}


def _example(schema: type[Schema], name: str) -> Any:
    field = schema.model_fields[name]
    if field.examples:
        return field.examples[0]
    if nested := schema_in(field.annotation):
        example = example_of(nested)
        return [example] if get_origin(field.annotation) is list else example
    raise LookupError(f"{schema.__name__}.{name} has no example")


def schema_in(annotation: Any) -> type[Schema] | None:
    """The schema that a field holds: itself, or none, or a list of it."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Schema):
            return kind
    return None


# Per text that a row has, the language that it came in.
Languages = Annotated[
    dict[str, Language],
    Field(description="Per text that the row has, the language that it came in: the one asked for, else `en`."),
]
