"""One flow for every kind of file: upload, preview with what is wrong by line, confirm, undo."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import admin_url, linked, staff
from blueheart.imports import flow, importer
from blueheart.imports.importer import SHOWN, Acting, Importer
from blueheart.imports.models import FileImport
from blueheart.refusals import RefusedError
from office.page import OfficePage
from office.viewing import note_view

VIEW = "imports.view_fileimport"
LISTED = 50
Status = FileImport.Status


class ReasonForm(forms.Form):
    """Why an import is taken back."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy("It stays with the import. No name or address of a person."),
    )


def all_imports(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The kinds of files that this person may bring in, and the last files of these kinds."""
    mine = _mine(request)
    files = FileImport.objects.select_related("uploaded_by").defer("content")
    if not request.user.has_perm(VIEW):
        files = files.filter(kind__in=[each.kind for each in mine])
    labels = {each.kind: each.label for each in importer.importers()}
    context = {
        "title": _("Imports"),
        "kinds": mine,
        "files": [(file, labels.get(file.kind, file.kind)) for file in files[:LISTED]],
    }
    return _page(request, site, "imports", context)


def new_import(request: HttpRequest, site: AdminSite, *, kind: str) -> HttpResponse:
    """Choose a file, and say of it what cannot be found out. Nothing is written but the file itself."""
    chosen = _allowed(request, kind)
    target = request.GET.get("into", "")
    into = _into(chosen, target)
    form = chosen.form(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        # One byte more than is allowed tells a large file from one that fits, whatever size it says it has.
        content = file.read(chosen.most_bytes + 1)
        if len(content) > chosen.most_bytes:
            form.add_error("file", _("The file is too large: at most %(kb)s KB.") % {"kb": chosen.most_bytes // 1024})
        else:
            kept = flow.upload(
                chosen,
                target=target,
                file_name=file.name,
                content=content,
                options=_options(form.cleaned_data),
                acting=Acting(staff(request), request),
            )
            return HttpResponseRedirect(reverse("admin:import_file", args=[kept.pk]))
    example = f"{reverse('admin:import_example', args=[kind])}?{urlencode({'into': target})}" if chosen.example else ""
    context = {
        "title": chosen.label,
        "kind": chosen,
        "form": form,
        "into": linked(into) if into else "",
        "example": example,
    }
    return _page(request, site, "import_new", context)


def example_file(request: HttpRequest, site: AdminSite, *, kind: str) -> HttpResponse:
    """A file to fill in."""
    chosen = _allowed(request, kind)
    if chosen.example is None:
        raise Http404
    target = request.GET.get("into", "")
    _into(chosen, target)
    return chosen.example(target)


def one_import(request: HttpRequest, site: AdminSite, *, pk: int) -> HttpResponse:
    """What a file says and what became of it; to confirm, to drop, to undo."""
    file = get_object_or_404(FileImport.objects.select_related("uploaded_by", "undone_by"), pk=pk)
    try:
        chosen = importer.importer(file.kind)
    except KeyError as unknown:
        raise Http404 from unknown
    may_act = request.user.has_perm(chosen.permission)
    if not may_act and not request.user.has_perm(VIEW):
        raise PermissionDenied
    form = ReasonForm(request.POST if request.POST.get("act") == "undo" else None)
    refused = ""
    if request.method == "POST":
        if not may_act:
            raise PermissionDenied
        try:
            if done := _act(request, chosen, file, form):
                return done
        except RefusedError as error:
            refused = str(error)
    return _shown(request, site, chosen, file, form, refused)


def _act(request: HttpRequest, chosen: Importer, file: FileImport, form: ReasonForm) -> HttpResponse | None:
    """Do what was pressed and say where to go on; None where nothing was done. Raises `RefusedError`."""
    acting = Acting(staff(request), request)
    here = HttpResponseRedirect(request.path)
    match request.POST.get("act", ""):
        case "confirm":
            written = flow.confirm(chosen, file, acting)
            messages.success(request, written.said)
            for warning in written.warnings:
                messages.warning(request, warning)
            return HttpResponseRedirect(admin_url(written.row)) if written.row else here
        case "drop":
            flow.drop(file, acting)
            messages.success(request, _("The file is forgotten. Nothing of it was written."))
            return HttpResponseRedirect(_new_url(chosen, file))
        case "undo" if form.is_valid():
            flow.undo(chosen, file, acting, why=form.cleaned_data["why"])
            messages.success(request, _("The import is undone. The same file can be imported again."))
            return here
    return None


def _shown(
    request: HttpRequest, site: AdminSite, chosen: Importer, file: FileImport, form: ReasonForm, refused: str
) -> HttpResponse:
    waits = file.status == Status.WAITING
    into = _into(chosen, file.target) if file.target else None
    if waits:
        note_view(request, file, page="import")  # the preview names people
    context = {
        "title": file.file_name,
        "kind": chosen,
        "file": file,
        "into": linked(into) if into else "",
        "preview": chosen.read(file) if waits else None,
        "most_shown": SHOWN,
        "stands": file.status == Status.DONE and chosen.stands(file),
        "form": form,
        "refused": refused,
        "may_act": request.user.has_perm(chosen.permission),
        "again": _new_url(chosen, file),
    }
    return _page(request, site, "import_file", context)


def _new_url(chosen: Importer, file: FileImport) -> str:
    address = reverse("admin:import_new", args=[chosen.kind])
    return f"{address}?{urlencode({'into': file.target})}" if file.target else address


def _options(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of the file, as it is stored."""
    said = {name: value for name, value in cleaned.items() if name != "file"}
    return {name: value.pk if isinstance(value, Model) else value for name, value in said.items()}


def _into(chosen: Importer, target: str) -> Model | None:
    """The row that a file of this kind goes into, where it goes into one."""
    if chosen.into is None:
        return None
    row = chosen.into(target)
    if row is None:
        raise Http404
    return row


def _allowed(request: HttpRequest, kind: str) -> Importer:
    chosen = next((each for each in importer.importers() if each.kind == kind), None)
    if chosen is None:
        raise Http404
    if not request.user.has_perm(chosen.permission):
        raise PermissionDenied
    return chosen


def _mine(request: HttpRequest) -> list[Importer]:
    """The kinds of files that this person may bring in."""
    return [each for each in importer.importers() if request.user.has_perm(each.permission)]


def _may_open(request: HttpRequest, _site: AdminSite) -> bool:
    return bool(_mine(request)) or request.user.has_perm(VIEW)


def _page(request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"office/{template}.html", {**site.each_context(request), **context})


PAGES = [
    OfficePage("imports/", "imports", all_imports, _may_open, label=gettext_lazy("Imports")),
    OfficePage("imports/new/<slug:kind>/", "import_new", new_import, _may_open),
    OfficePage("imports/new/<slug:kind>/example.csv", "import_example", example_file, _may_open),
    OfficePage("imports/<int:pk>/", "import_file", one_import, _may_open),
]
