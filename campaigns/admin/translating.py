"""Who translates: may open every row of the content, published ones too, and save its translations alone."""

from typing import Any

from django.http import HttpRequest
from modeltranslation.translator import translator

from blueheart.admin.base import KeptInTrail
from blueheart.languages import DEFAULT_LANGUAGE
from blueheart.trail.record import kind_of, record

TRANSLATE = "campaigns.translate_content"


def translation_columns(model: type[Any]) -> list[str]:
    """The columns of a model in every language but English."""
    columns = translator.get_options_for_model(model).all_fields.values()
    return [field.name for fields in columns for field in fields if field.language != DEFAULT_LANGUAGE]


class Translating(KeptInTrail[Any]):
    """Opens the form of a row to whoever translates: the texts in other languages, everything else to read.

    Only the form: no list, action, restoring or import asks for less than before.
    """

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change all of the row."""
        return super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj) or (obj is not None and self._translates(request))

    def _translates(self, request: HttpRequest) -> bool:
        page = f"{self.opts.app_label}_{self.opts.model_name}_change"
        is_form = request.resolver_match is not None and request.resolver_match.url_name == page
        return is_form and self.has_view_permission(request) and request.user.has_perm(TRANSLATE)

    def _only_translates(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and not self.may_write(request, obj) and self._translates(request)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if self._only_translates(request, obj) else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        if not self._only_translates(request, obj):
            return own
        options = translator.get_options_for_model(self.model)
        written = {*translation_columns(self.model), *options.all_fields}
        fields = [*self.opts.fields, *self.opts.many_to_many]
        fixed = [field.name for field in fields if field.editable and field.name not in written]
        return tuple(dict.fromkeys([*own, *fixed]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or self.may_write(request, obj):
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            moment = [field.name for field in self.opts.fields if getattr(field, "auto_now", False)]
            obj.save(update_fields=[*form.changed_data, *moment])
            record(f"{kind_of(obj)}.translated", target=obj, request=request, detail={"fields": form.changed_data})
            self.after_translation(obj)

    def after_translation(self, row: Any) -> None:
        """What follows from new translations of the row, in their transaction."""
