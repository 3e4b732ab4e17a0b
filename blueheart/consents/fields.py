"""Boxes in forms whose words are a consent text: what is ticked is the version that was shown."""

from typing import Any

from django import forms

from blueheart.consents.models import ConsentText
from blueheart.lately import lately


class ConsentBox(forms.CheckboxInput):
    """A box that sends the number of its version. What was ticked under older words is shown unticked."""

    version = 0

    def format_value(self, value: Any) -> str:
        return str(self.version)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return str(data.get(name) or "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"].pop("checked", None)
        if value and _version(value, self.version) == self.version:
            context["widget"]["attrs"]["checked"] = True
        return context


class ConsentField(forms.BooleanField):
    """A box that need not be ticked. Clean, it is the version that was: 0 for none. `show_texts` words it."""

    widget = ConsentBox

    def __init__(self, key: ConsentText.Key, **kwargs: Any) -> None:
        self.key = key
        super().__init__(required=False, **kwargs)

    @property
    def version(self) -> int:
        """The version that is in force."""
        return self.widget.version if isinstance(self.widget, ConsentBox) else 0

    def to_python(self, value: Any) -> Any:
        return _version(value, self.version) if value and value not in ("False", "false", "0") else 0

    def word(self, text: ConsentText) -> None:
        """Show this text from now on."""
        self.label = text.text
        if isinstance(self.widget, ConsentBox):
            self.widget.version = text.version


def show_texts(form: forms.Form) -> None:
    """Give each box of the form the words in force, in the page's language. One query, none without such a box."""
    boxes = [field for field in form.fields.values() if isinstance(field, ConsentField)]
    texts = _in_force(tuple(sorted({box.key for box in boxes}))) if boxes else {}
    for box in boxes:
        box.word(texts[box.key])


@lately
def _in_force(keys: tuple[str, ...]) -> dict[str, ConsentText]:
    texts: dict[str, ConsentText] = ConsentText.objects.in_force(keys)
    return texts


def _version(value: Any, in_force: int) -> int:
    """The version that was shown, where it is one that was in force; else the one that is."""
    said = str(value)
    return int(said) if said.isdecimal() and len(said) < 5 and 0 < int(said) <= in_force else in_force
