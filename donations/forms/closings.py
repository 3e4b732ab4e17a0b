"""What staff fill in to close a month or a year."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from donations.closing_papers import name_of
from donations.services.closings import Span

LONGEST = 1000


class SpanForm(forms.Form):
    """Which month or year, of those that may be closed now; the last month that is over stands first."""

    period = forms.ChoiceField(label=gettext_lazy("Month or year"))

    def __init__(self, *args: Any, spans: list[Span], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(span), name_of(span.kind, span.begins_on)) for span in reversed(spans)]
        self.fields["period"] = forms.ChoiceField(label=gettext_lazy("Month or year"), choices=choices)

    def span(self) -> Span | None:
        """What was asked for; None where nothing was, or what cannot be closed."""
        return Span.read(self.cleaned_data["period"]) if self.is_bound and self.is_valid() else None


class PrepareForm(forms.Form):
    """What the second person should know."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("It stays with the closing. No name or address of a person."),
    )  # fmt: skip


class SignForm(forms.Form):
    """The second person's word."""

    is_meant = forms.BooleanField(
        label=gettext_lazy("I have read this report, and I know that closed days are never opened again")
    )


class WithdrawForm(forms.Form):
    """Why it is taken back."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST, widget=forms.Textarea({"rows": 2}))
