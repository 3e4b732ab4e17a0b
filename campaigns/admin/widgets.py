"""How texts are typed: Markdown with a preview, and each language in its own direction."""

from typing import Any

from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Field
from django.forms import Media
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from blueheart.languages import is_rtl
from campaigns.translation import MARKDOWN


class MarkdownWidget(AdminTextareaWidget):
    """A text of Markdown with a button that shows it as readers will see it; a script keeps the two side by side."""

    is_markdown = True

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        context = {"field": field, "name": name, "attrs": self.attrs, "preview_url": reverse("admin:markdown_preview")}
        return render_to_string("admin/widgets/markdown.html", context)

    @property
    def media(self) -> Media:
        return Media(js=["js/office-markdown.js"])


def is_markdown(field: "Field[Any, Any]") -> bool:
    """Whether pages print the column as prose."""
    original = getattr(field, "translated_field", field)
    return original.name in MARKDOWN and original.get_internal_type() == "TextField"


def direction(language: str) -> dict[str, str]:
    """The attributes of a field in one language."""
    return {"lang": language, "dir": "rtl" if is_rtl(language) else "ltr"}
