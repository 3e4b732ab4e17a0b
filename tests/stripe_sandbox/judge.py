"""Judges that are not ours: the request types and response classes of the `stripe` package.

`judge_request` and `judge_response` answer a list of what is wrong; an empty one is a pass. Feed
them the entries of `GET /_control/requests`. Enums are closed: `Literal[…] | str` means the Literal.
"""

import decimal
import importlib
import inspect
import re
import sys
import typing

import stripe
from stripe._error_object import ErrorObject
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject

from tests.stripe_sandbox.parameter_tables import TYPES, UNPUBLISHED, annotations, evaluate, params_type

PATTERNS = [
    (key.split()[0], re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", key.split()[1]) + "$"), key)
    for key in [*TYPES, *UNPUBLISHED]
]
FORMS = {
    int: re.compile(r"-?\d+"),
    float: re.compile(r"-?\d+(\.\d+)?"),
    decimal.Decimal: re.compile(r"-?\d+(\.\d+)?"),
    bool: re.compile(r"true|false"),
    str: re.compile(r".*", re.DOTALL),
}


def judge_request(method, path, params):
    """What the stripe package's types say against a recorded request; `params` as it was logged."""
    keys = [key for verb, pattern, key in PATTERNS if verb == method and pattern.match(path)]
    if not keys:
        return [f"{method} {path}: no such endpoint is known to the judge"]
    exact = min(keys, key=lambda key: key.count("{"))
    if exact in UNPUBLISHED:
        return []
    return [f"{method} {path}: {problem}" for problem in typed_dict(params_type(TYPES[exact]), params, "")]


def typed_dict(cls, value, path):
    if not isinstance(value, dict):
        return [f"{path}: {cls.__name__} expected"]
    known = annotations(cls)
    problems = [f"{path}{name}: unknown to {cls.__name__}" for name in value if name not in known]
    problems += [f"{path}{name}: required" for name, (_, needed) in known.items() if needed and name not in value]
    for name, each in value.items():
        if name in known:
            problems += param(known[name][0], vars(sys.modules[cls.__module__]), each, f"{path}{name}.")
    return problems


def param(hint, namespace, value, path):
    hint = evaluate(hint, namespace)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in FORMS:
        fits = isinstance(value, str) and FORMS[hint].fullmatch(value)
        return [] if fits else [f"{path} {value!r} is no {hint.__name__}"]
    if origin is typing.Literal:
        return [] if value in [str(word) for word in arguments] else [f"{path} {value!r} is none of {arguments[:8]}"]
    if origin is list:
        if not isinstance(value, dict) or any(not place.isdecimal() for place in value):
            return [f"{path} is no list"]
        return [
            problem
            for place, each in value.items()
            for problem in param(arguments[0], namespace, each, f"{path}{place}.")
        ]
    if origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            return [f"{path} is no map"]
        return [
            problem
            for name, each in value.items()
            for problem in param(arguments[-1], namespace, each, f"{path}{name}.")
        ]
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        return union_param(arguments, namespace, value, path)
    return typed_dict(hint, value, path)


def union_param(arguments, namespace, value, path):
    choices = closed([evaluate(each, namespace) for each in arguments])
    verdicts = [param(choice, namespace, value, path) for choice in choices]
    return [] if [] in verdicts else min(verdicts, key=len)


def closed(choices):
    """Without the `str` that keeps Stripe's enums open."""
    words = [word for each in choices if typing.get_origin(each) is typing.Literal for word in typing.get_args(each)]
    return [each for each in choices if each is not str] if any(words) else choices


# responses


def judge_response(answer):
    """What the stripe package's classes say against an answer: an object, a list, an event or an error."""
    if "error" in answer:
        return judge_error(answer["error"])
    if answer.get("object") == "list":
        return judge_list(answer, "list.")
    return judge_object(answer, f"{answer.get('object')}.")


def judge_error(error):
    known = fields_of(ErrorObject)
    return [f"error.{name}: unknown" for name in error if name not in known]


def judge_list(answer, path):
    problems = [f"{path}{name}: missing" for name in ("data", "has_more", "url") if name not in answer]
    for place, each in enumerate(answer.get("data", [])):
        problems += judge_object(each, f"{path}{place}.")
    return problems


def class_of(object_name):
    if object_name not in OBJECT_CLASSES:
        return None
    module, name = OBJECT_CLASSES[object_name]
    return getattr(importlib.import_module(module), name)


def judge_object(value, path):
    cls = class_of(value.get("object"))
    if cls is None:
        return [f"{path} no class for object {value.get('object')!r}"]
    problems = judge_fields(cls, value, path)
    if value["object"] == "event":
        about = value["data"]["object"]
        # Stripe's list of event types: the invoice of invoice.upcoming has no id yet
        without_id = value.get("type") == "invoice.upcoming" and "id" not in about
        problems += judge_object({"id": "", **about} if without_id else about, f"{path}data.object.")
    return problems


def fields_of(cls):
    found = {}
    for each in reversed(cls.__mro__):
        if each.__module__.startswith("stripe.") and each not in (StripeObject,):
            found.update(inspect.get_annotations(each))
    return {
        name: hint
        for name, hint in found.items()
        if not name.startswith("_") and "ClassVar" not in str(hint) and name != "OBJECT_NAME"
    }


def judge_fields(cls, value, path):
    known = fields_of(cls)
    problems = [f"{path}{name}: unknown to {cls.__name__}" for name in value if name not in known]
    if not value.get("deleted"):
        problems += [
            f"{path}{name}: required by {cls.__name__}"
            for name, hint in known.items()
            if name not in value and not is_optional(hint, cls)
        ]
    for name, each in value.items():
        if name in known and not (cls is stripe.Event and name == "data"):
            problems += judge_value(known[name], cls, each, f"{path}{name}.")
    return problems


def resolved(hint, cls):
    """The type a string stands for; a class of another module is left as its name."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    while isinstance(hint, str):
        try:
            hint = eval(hint, vars(sys.modules[cls.__module__]) | vars(typing))
        except NameError:
            return hint
    return hint


def is_optional(hint, cls):
    hint = resolved(hint, cls)
    return (isinstance(hint, str) and "Optional" in hint) or type(None) in typing.get_args(hint)


def judge_value(hint, cls, value, path):
    hint = resolved(hint, cls)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, str):
        return judge_named(hint, value, path)
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        verdicts = [
            judge_value(choice, cls, value, path) for choice in closed([resolved(each, cls) for each in arguments])
        ]
        return [] if [] in verdicts else best(verdicts, value)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{path} {value!r} is none of {arguments[:8]}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [
            problem
            for place, each in enumerate(value)
            for problem in judge_value(arguments[0], cls, each, f"{path}{place}.")
        ]
    if origin is ListObject:
        return (
            judge_list(value, path)
            if isinstance(value, dict) and value.get("object") == "list"
            else [f"{path} no list object"]
        )
    if origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            return [f"{path} is no map"]
        return [
            problem
            for name, each in value.items()
            for problem in judge_value(arguments[-1], cls, each, f"{path}{name}.")
        ]
    return judge_plain(hint, value, path)


def judge_plain(hint, value, path):
    if hint is typing.Any:
        return []
    if hint is type(None):
        return [] if value is None else [f"{path} {value!r} is not null"]
    if hint in (int, bool, str):
        return [] if type(value) is hint else [f"{path} {value!r} is no {hint.__name__}"]
    if hint is float:
        return [] if type(value) in (int, float) else [f"{path} {value!r} is no number"]
    if hint is decimal.Decimal:
        return (
            [] if isinstance(value, str) and FORMS[float].fullmatch(value) else [f"{path} {value!r} is no decimal text"]
        )
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        if not isinstance(value, dict):
            return [f"{path} {value!r} is no {hint.__name__}"]
        return (
            judge_object(value, path)
            if "object" in value and "object" in fields_of(hint)
            else judge_fields(hint, value, path)
        )
    return [f"{path} the judge does not know {hint!r}"]


def judge_named(name, value, path):
    """A class of another module, named by a string, perhaps under an alias."""
    if not isinstance(value, dict):
        return [f"{path} {value!r} is no {name}"]
    cls = class_of(value.get("object"))
    if cls is None or cls.__name__ not in (name, name.removesuffix("Resource")):
        return [f"{path} object {value.get('object')!r} is no {name}"]
    return judge_object(value, path)


def best(verdicts, value):
    """Of several readings that all fail, the one that came furthest."""
    if isinstance(value, dict):
        deep = [
            verdict
            for verdict in verdicts
            if not any(" is no" in problem and repr(value)[:40] in problem for problem in verdict)
        ]
        return min(deep or verdicts, key=len)
    return verdicts[0]
