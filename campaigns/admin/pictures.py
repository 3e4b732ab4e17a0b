from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ImageField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns.admin.editing import ByLanguage, MissingTranslation, WithVersions
from campaigns.models import Picture
from campaigns.pictures import BusyError, keep, normalised

LARGEST_UPLOAD = 15 * 1024 * 1024


class PictureInput(forms.ClearableFileInput):
    """Takes a picture, which a script shows before it is saved."""

    def __init__(self) -> None:
        super().__init__(attrs={"accept": "image/*"})


class PictureForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes a photograph as it comes from a camera; what is kept of it says nothing of where and when."""

    webp: bytes = b""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            if (file.size or 0) > LARGEST_UPLOAD:
                raise ValidationError(_("The picture’s file is larger than 15 MB."))
            try:
                self.webp = normalised(file)
            except BusyError as error:
                raise ValidationError(_("Many pictures arrive at this moment. Please send yours once more.")) from error
        return file


@admin.register(Picture)
class PictureAdmin(WithVersions, ByLanguage):
    form = PictureForm
    list_display = ("slug", "thumbnail", "alt", "credit", "licence", "width", "height")
    list_filter = ("licence", MissingTranslation)
    search_fields = ("slug", "alt", "credit")
    readonly_fields = ("thumbnail",)
    formfield_overrides = {ImageField: {"widget": PictureInput}} | WithVersions.formfield_overrides

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.webp:
            obj.file = keep(obj.slug, form.webp).name  # a name and not a file: nothing is left to be stored
        super().save_model(request, obj, form, change)

    @admin.display(description=_("picture"))
    def thumbnail(self, row: Picture) -> SafeString | str:
        if not row.file:
            return "–"
        return format_html('<img src="{}" alt="{}" class="office-thumbnail" loading="lazy">', row.file.url, row.alt)
