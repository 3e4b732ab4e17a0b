"""What people tick, as staff word it: a draft in all languages, beside the version before, then in force for good."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from blueheart.admin.acts import ActPage, Button, Words, answer, require
from blueheart.admin.base import KeptInTrail
from blueheart.consents.models import ConsentText
from blueheart.languages import LANGUAGES
from office.privacy import consents

CHANGE = "consents.change_consenttext"


class DraftForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft; below each box stands what is in force."""

    class Meta:
        model = ConsentText
        fields = ("key", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = self.instance.before() if self.instance.pk else None
        for code, _name in LANGUAGES:
            column = build_localized_fieldname("text", code)
            if before and column in self.fields:
                self.fields[column].help_text = _("Version %(version)s: %(text)s") % {
                    "version": before.version,
                    "text": getattr(before, column),
                }

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if self.instance.pk is None and ConsentText.objects.filter(key=key, in_force_from=None).exists():
            raise forms.ValidationError(_("There is a draft of this text already. Please change that one."))
        return key


@admin.register(ConsentText)
class ConsentTextAdmin(KeptInTrail[ConsentText], TranslationAdmin[ConsentText]):
    """Only a draft can be changed or deleted; what is in force is what people ticked."""

    form = DraftForm
    told_in_trail = ("key",)
    list_display = ["key", "version", "text", "in_force_from"]
    list_filter = ["key"]
    search_fields = ["text"]
    search_help_text = gettext_lazy("By the words in your language")
    change_form_template = "office/consent_text.html"

    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(["key", "version", "in_force_from"] if obj else []))

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        if not change:
            obj.version = consents.next_version(obj.key)
        super().save_model(request, obj, form, change)

    def trail_detail(self, obj: ConsentText) -> dict[str, Any]:
        return {"key": obj.key, "version": obj.version}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.put_in_force)
        return [path("<int:pk>/in-force/", view, name="consents_consenttext_in_force"), *super().get_urls()]

    def put_in_force(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Both versions side by side, and the button after which the forms ask the new one."""
        require(request, CHANGE)
        draft = get_object_or_404(ConsentText, pk=pk)

        def act(_given: dict[str, Any]) -> str:
            consents.put_in_force(draft, request=request)
            return _("The new text is in force. The forms ask it from now on.")

        page = ActPage(
            self,
            draft,
            _("Put a consent text in force"),
            _side_by_side(draft),
            [Button("in-force", _("Put in force"), act, is_default=True)],
            judged=[getattr(draft, build_localized_fieldname("text", code)) for code, _name in LANGUAGES],
        )
        return answer(page, request, forms.Form(request.POST or None))


def _side_by_side(draft: ConsentText) -> list[tuple[Words, Any]]:
    before = draft.before()
    facts: list[tuple[Words, Any]] = [(_("Consent"), draft.get_key_display())]
    for code, name in LANGUAGES:
        column = build_localized_fieldname("text", code)
        if before:
            facts.append((_("%(language)s, version %(version)s") % {"language": name, "version": before.version},
                          getattr(before, column)))  # fmt: skip
        facts.append((_("%(language)s, version %(version)s") % {"language": name, "version": draft.version},
                      getattr(draft, column)))  # fmt: skip
    return facts
