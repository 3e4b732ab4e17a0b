"""What a supporter says when they are asked whether they kept their pledge."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from blueheart.card_numbers import without_card_number
from blueheart.consents.fields import ConsentField, show_texts
from blueheart.consents.models import ConsentText
from pledges.forms.pledge import precept_label
from pledges.models import Fulfilment, HeartPhoto, Pledge, PreceptWording
from pledges.services import photo_files
from pledges.services.keeping import Answer, NewPhoto

LONGEST_WORDS = 500
LONGEST_ALT = 200


class KeptForm(forms.Form):
    """Done or not yet, what of it, a few words and a photo. What is typed stays typed, but for the photo itself."""

    answer = forms.ChoiceField(
        label=_("Did you do it?"),
        choices=Fulfilment.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one: done, or not yet.")},
    )
    kept = forms.MultipleChoiceField(
        label=_("This I have done"),
        required=False,
        help_text=_("In the words that you promised it in."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of these is not in your pledge any more. Please choose again.")},
    )
    words = forms.CharField(
        label=_("Tell us"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_(
            "At most 500 characters. Shown once a person has read them. No names or stories of others, please."
        ),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    photo = forms.FileField(
        label=_("A photo of the heart as you wore it"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB. Place and time are taken out; shown once a person has seen it."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"empty": _("This file is empty. Please choose another.")},
    )
    alt = forms.CharField(
        label=_("What the photo shows"),
        required=False,
        max_length=LONGEST_ALT,
        help_text=_("One sentence for people who cannot see it. No names, please."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    agreed = ConsentField(ConsentText.Key.PHOTO, help_text=_("Needed for a photo."))
    removes_photo = forms.BooleanField(label=_("Take my photo away"), required=False)
    is_16_or_older = ConsentField(ConsentText.Key.SIXTEEN, help_text=_("Needed to show words or a photo."))
    ask_again = forms.BooleanField(
        label=_("Not yet? Ask me once more in 30 days"), required=False, help_text=_("One mail, and no other.")
    )

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        said = Fulfilment.objects.filter(pledge=pledge).first()
        self.photo_before = HeartPhoto.objects.filter(pledge=pledge).first()
        kwargs["initial"] = _said_before(pledge, said, self.photo_before) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.wordings = {str(wording.pk): wording for wording in pledge.precepts_in_order()}
        kept = self.fields["kept"]
        assert isinstance(kept, forms.ChoiceField)  # noqa: S101 tells mypy what the class body says
        kept.choices = [(value, precept_label(wording)) for value, wording in self.wordings.items()]
        if self.photo_before is None:
            del self.fields["removes_photo"]
        if said and said.asked_again_at:
            del self.fields["ask_again"]
        show_texts(self)

    def clean_words(self) -> str:
        return " ".join(self.cleaned_data["words"].split())

    def clean_alt(self) -> str:
        return " ".join(self.cleaned_data["alt"].split())

    def clean_photo(self) -> NewPhoto | None:
        file = self.cleaned_data["photo"]
        if not isinstance(file, UploadedFile):
            return None
        return NewPhoto(file=photo_files.looked_at(file))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == Fulfilment.Answer.DONE and not cleaned.get("kept") and "kept" not in self.errors:
            self.add_error("kept", _("Choose at least one that you have done."))
        has_photo = bool(cleaned.get("photo"))
        if has_photo and not cleaned.get("alt"):
            self.add_error("alt", _("Please say in one sentence what the photo shows."))
        if has_photo and not cleaned.get("agreed"):
            self.add_error("agreed", _("Please tick this box, or send no photo."))
        if (has_photo or cleaned.get("words")) and not cleaned.get("is_16_or_older"):
            self.add_error(
                "is_16_or_older",
                _("Please tick this box to show words or a photo. If you are younger, send neither."),
            )
        if self.files.get("photo") and self.errors and "photo" not in self.errors:
            self.ask_for_photo()
        return cleaned

    def ask_for_photo(self) -> None:
        """Ask for the file once more: no browser lets us fill it in again."""
        self.add_error("photo", _("Please choose the photo again."))

    def said(self) -> Answer:
        """What the form says, once it is valid."""
        typed = self.cleaned_data
        photo = typed["photo"]
        return Answer(
            answer=typed["answer"],
            kept=self._kept(),
            words=typed["words"],
            is_16_or_older=bool(typed["is_16_or_older"]),
            consent_version=typed["is_16_or_older"] or None,
            ask_again=typed.get("ask_again", False),
            photo=replace(photo, alt=typed["alt"], consent_version=typed["agreed"] or None) if photo else None,
            removes_photo=typed.get("removes_photo", False),
            alt=typed["alt"],
        )

    def _kept(self) -> list[PreceptWording]:
        return [self.wordings[value] for value in self.cleaned_data["kept"]]


def _said_before(pledge: Pledge, said: Fulfilment | None, photo: HeartPhoto | None) -> dict[str, Any]:
    initial: dict[str, Any] = {"is_16_or_older": pledge.is_16_or_older, "alt": photo.alt if photo else ""}
    if said:
        initial |= {
            "answer": said.answer,
            "kept": [str(pk) for pk in said.kept.values_list("pk", flat=True)],
            "words": said.words,
            "ask_again": said.ask_again_on is not None,
        }
    return initial
