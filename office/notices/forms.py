from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from blueheart.post import notices
from blueheart.post.models import DigestReader, NoticeRule
from blueheart.post.notices import Notice


class NoticeForm(forms.Form):
    """Whether a notice is sent, and to whom of those who may act on it."""

    is_on = forms.BooleanField(label=_("Send it"), required=False)
    readers: Any = forms.ModelMultipleChoiceField(
        label=_("To"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody chosen: to all of them, those to come too."),
    )

    def __init__(self, data: Any = None, *, told: Notice, rule: NoticeRule | None) -> None:
        chosen = list(rule.readers.all()) if rule else []
        super().__init__(data, initial={"is_on": rule.is_on if rule else True, "readers": chosen})
        self.fields["readers"].queryset = notices.may_read(told)  # type: ignore[attr-defined]
        if told.must_be_sent:
            self.fields["is_on"].disabled = True
            self.fields["is_on"].initial = self.initial["is_on"] = True
            self.fields["is_on"].help_text = _("Somebody may need help: this one cannot be switched off.")


class DigestForm(forms.Form):
    """How often a person gets the digest."""

    every = forms.ChoiceField(
        label=_("The digest: what waits for me and what came, by mail"),
        required=False,
        choices=[("", _("never")), *DigestReader.Every.choices],
        widget=forms.RadioSelect,
    )
