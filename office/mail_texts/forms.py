"""The sentences of one kind of mail in one language, each in a field of its own."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from blueheart.languages import is_rtl
from blueheart.post import wording
from blueheart.post.wording import Forms, Sentence


@dataclass(frozen=True)
class Slot:
    """One text to be worded: a sentence in one of its plural forms, and what we say there."""

    sentence: Sentence
    form: str
    ours: str
    name: str

    @property
    def names(self) -> str:
        """What is filled in here, as it is written."""
        return " ".join(dict.fromkeys(f"{{{name}}}" for name in wording.PLACEHOLDER.findall(self.ours)))


class WordingForm(forms.Form):
    """What each sentence says now. A field that is emptied says what we say; so does one that repeats it."""

    def __init__(self, data: Any = None, *, kind: str, language: str) -> None:
        self.in_force = wording.in_force(kind, language)
        self.language = language
        self.slots = [
            Slot(sentence, form, ours, f"s{place}-{form}")
            for place, sentence in enumerate(wording.sentences(kind).values())
            for form, ours in sentence.ours(language).items()
        ]
        super().__init__(data)
        for slot in self.slots:
            self.fields[slot.name] = self._field(slot)

    def _field(self, slot: Slot) -> forms.CharField:
        direction = "rtl" if is_rtl(self.language) else "ltr"
        rows = min(6, 1 + len(slot.ours) // 70)
        label = _("We say: %(words)s") % {"words": slot.ours}
        if slot.sentence.plural:
            number = wording.examples(self.language)[slot.form]
            label = _("We say of %(number)s: %(words)s") % {"number": number, "words": slot.ours}
        return forms.CharField(
            label=label,
            required=False,
            initial=self.in_force.get(slot.sentence.key, {}).get(slot.form, slot.ours),
            max_length=wording.LONGEST,
            help_text=_("Keep in the text: %(names)s") % {"names": slot.names} if slot.names else "",
            widget=forms.Textarea(attrs={"lang": self.language, "dir": direction, "rows": rows, "cols": 80}),
        )

    @property
    def seen(self) -> str:
        """A short digest of what was in force when the form was made: two people may be at it."""
        return hashlib.sha256(json.dumps(self.in_force, sort_keys=True).encode()).hexdigest()[:16]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for slot in self.slots:
            typed = self._typed(slot)
            if typed and (why := wording.refusal(slot.sentence, slot.ours, typed)):
                self.add_error(slot.name, why)
        return cleaned

    def words(self) -> dict[str, Forms]:
        """What differs from ours, by sentence and form; for a valid form."""
        found: dict[str, Forms] = {}
        for slot in self.slots:
            typed = self._typed(slot)
            if typed and typed != slot.ours:
                found.setdefault(slot.sentence.key, {})[slot.form] = typed
        return found

    def _typed(self, slot: Slot) -> str:
        return " ".join(str(self.cleaned_data.get(slot.name) or "").split())
