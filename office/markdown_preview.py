"""Markdown as readers will see it, before it is saved."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES, is_rtl
from campaigns.markdown import to_html
from office.page import OfficePage

LONGEST = 100_000


@require_POST
def preview(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the text of the form that `preview_of` names; `fragment` asks for the prose alone. Nothing is kept."""
    name = request.POST.get("preview_of", "")
    language = next(
        (code for code, _name in LANGUAGES if name.endswith(f"_{code.replace('-', '_')}")), DEFAULT_LANGUAGE
    )
    prose = to_html(request.POST.get(name, "")[:LONGEST], language=language)
    if "fragment" in request.POST:
        return HttpResponse(prose)
    context = site.each_context(request) | {
        "title": _("Preview"),
        "prose": prose,
        "language": language,
        "direction": "rtl" if is_rtl(language) else "ltr",
    }
    return TemplateResponse(request, "office/markdown_preview.html", context)


def _suffix(language: str) -> str:
    """How the columns of a language end."""
    return "_" + language.replace("-", "_")


PAGES = [OfficePage("preview/", "markdown_preview", preview, lambda request, site: site.has_permission(request))]
