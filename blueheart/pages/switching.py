"""The form somebody is filling in, shown in another language with all that was typed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from blueheart.languages import LANGUAGES

SWITCH = "switch_language"


def switches_language(request: HttpRequest) -> bool:
    """Whether a form came only to be shown in the page's language: a view then saves nothing and finds no fault.

    The language menu sends it so, where the page's template names its form (`page_form`).
    """
    return request.method == "POST" and SWITCH in request.POST


def language_typed_in(data: QueryDict) -> str:
    """The language that the form was filled in, where it comes to be shown in another one; else empty."""
    language = data.get(SWITCH, "")
    return language if language in dict(LANGUAGES) else ""


def as_typed(fields: Mapping[str, forms.Field], data: QueryDict) -> dict[str, Any]:
    """What was typed so far, unchecked, as the initial values of the same form; files and passwords are left out."""
    no_files: MultiValueDict[str, Any] = MultiValueDict()
    return {
        name: field.widget.value_from_datadict(data, no_files, name)
        for name, field in fields.items()
        if not isinstance(field.widget, forms.FileInput | forms.PasswordInput)
    }
