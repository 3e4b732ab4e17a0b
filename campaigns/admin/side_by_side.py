"""Translating a row: English on one side, a language on the other, and on to the next row that lacks something."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from blueheart.trail.record import kind_of, record
from campaigns.admin.translating import TRANSLATE, Translating
from campaigns.admin.widgets import direction
from campaigns.markdown import to_html, unknown_facts
from campaigns.translation import TRANSLATED, next_missing, progress


class Pair(NamedTuple):
    """One text: its name, what English says, how readers see that where it is Markdown, and the field to fill in."""

    label: str
    english: str
    prose: SafeString
    field: forms.BoundField
    is_missing: bool


class Side(NamedTuple):
    """One language of a row, how many of its texts are missing there, and the page where they are written."""

    code: str
    name: str
    missing: int
    url: str


class TranslationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The texts of a row in one language. A text that names a fact which readers cannot see is refused."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and (unknown := unknown_facts(value)):
                text = _("There is no published fact of this name: %(names)s")
                self.add_error(name, forms.ValidationError(text, params={"names": ", ".join(unknown)}))
        return cleaned


class SideBySide(Translating):
    """Adds a page per language, and the way from a row to the next one that lacks a text in it."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        begin = self.admin_site.admin_view(self.begin_translating)
        page = self.admin_site.admin_view(self.translate_view)
        own = [
            path("translate/<str:language>/", begin, name=f"{name}_translate_next"),
            path("<path:object_id>/translate/<str:language>/", page, name=f"{name}_translate"),
        ]
        return [*own, *super().get_urls()]

    def may_translate(self, request: HttpRequest, row: Any) -> bool:
        """Whether the person may write the translations of this row."""
        may = self.has_view_permission(request, row) and request.user.has_perm(TRANSLATE)
        return may or self.may_write(request, row)

    def begin_translating(self, request: HttpRequest, language: str) -> HttpResponse:
        """Lead to the first row that lacks a text in the language."""
        _known(language)
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._go_on(request, language, after=None)

    def translate_view(self, request: HttpRequest, object_id: str, language: str) -> HttpResponse:
        """Show both sides; on POST, save the one that was written, and go on to the next row where that was pressed."""
        _known(language)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.may_translate(request, row):
            raise PermissionDenied
        form = self._form(request, language)(request.POST or None, instance=row)
        if request.method == "POST" and form.is_valid():
            self._save(request, row, language, form)
            if "next" in request.POST:
                return self._go_on(request, language, after=row.pk)
            return redirect(request.path)
        return self._page(request, row, language, form)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None and self.may_translate(request, row):
            context["translations"] = self._sides(row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _form(self, request: HttpRequest, language: str) -> "type[forms.ModelForm[Any]]":
        names = [build_localized_fieldname(field, language) for field in self._texts()]

        def field_for(db_field: Any, **kwargs: Any) -> Any:
            field = self.formfield_for_dbfield(db_field, request, **kwargs)
            field.required = False
            return field

        return forms.modelform_factory(self.model, form=TranslationForm, fields=names, formfield_callback=field_for)

    @transaction.atomic
    def _save(self, request: HttpRequest, row: Any, language: str, form: "forms.ModelForm[Any]") -> None:
        if not form.changed_data:
            return
        moment = [field.name for field in self.opts.fields if getattr(field, "auto_now", False)]
        row.save(update_fields=[*form.changed_data, *moment])
        detail = {"language": language, "fields": form.changed_data}
        record(f"{kind_of(row)}.translated", target=row, request=request, detail=detail)
        self.after_translation(row)
        messages.success(request, _("The translation is saved."))

    def _go_on(self, request: HttpRequest, language: str, *, after: Any) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        key = next_missing(self.model, language, after=after)
        if key is not None:
            return redirect(reverse(f"{name}_translate", args=[key, language]))
        messages.info(request, _("Nothing is missing here in this language: %(language)s.") % {
            "language": dict(LANGUAGES)[language]
        })  # fmt: skip
        return redirect(reverse(f"{name}_changelist"))

    def _page(self, request: HttpRequest, row: Any, language: str, form: "forms.ModelForm[Any]") -> HttpResponse:
        pairs = self._pairs(row, language, form)
        missing = sum(pair.is_missing for pair in pairs)
        context = self.admin_site.each_context(request) | {
            "title": _("Translate: %(language)s") % {"language": dict(LANGUAGES)[language]},
            "subtitle": str(row),
            "object": row,
            "opts": self.opts,
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
            "form": form,
            "media": self.media + form.media,
            "pairs": pairs,
            "missing_here": ngettext(
                "%(count)s text is missing here.", "%(count)s texts are missing here.", missing
            ) % {"count": missing} if missing else _("Nothing is missing here."),
            "progress": progress(self.model, language),
            "language": language,
            "language_name": dict(LANGUAGES)[language],
            "attributes": direction(language),
            "sides": self._sides(row),
        }  # fmt: skip
        return TemplateResponse(request, "admin/content/translate.html", context)

    def _pairs(self, row: Any, language: str, form: "forms.ModelForm[Any]") -> list[Pair]:
        """The texts that English has; what it lacks is nobody's to translate."""
        pairs = []
        for name in self._texts():
            column = build_localized_fieldname(name, language)
            english = getattr(row, build_localized_fieldname(name, DEFAULT_LANGUAGE)) or ""
            if english:
                field = form[column]
                is_prose = hasattr(field.field.widget, "is_markdown")
                prose = to_html(english, language=DEFAULT_LANGUAGE) if is_prose else SafeString("")
                label = capfirst(str(self.model._meta.get_field(name).verbose_name))
                pairs.append(Pair(label, english, prose, field, not field.value()))
        return pairs

    def _sides(self, row: Any) -> list[Side]:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_translate"
        there = [
            field for field in self._texts() if getattr(row, build_localized_fieldname(field, DEFAULT_LANGUAGE), "")
        ]
        return [
            Side(
                code,
                spelt,
                sum(not getattr(row, build_localized_fieldname(field, code)) for field in there),
                reverse(name, args=[row.pk, code]),
            )
            for code, spelt in LANGUAGES
            if code != DEFAULT_LANGUAGE
        ]

    def _texts(self) -> list[str]:
        """The translated fields, in the order of the model."""
        required, optional = TRANSLATED.get(self.model, ((), ()))
        names = {*required, *optional}
        return [field.name for field in self.opts.fields if field.name in names]


def _known(language: str) -> None:
    if language == DEFAULT_LANGUAGE or language not in dict(LANGUAGES):
        raise Http404
