"""What somebody fills in who would rather give by bank transfer."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from blueheart.mail_addresses import OwnMailField


class InstructionsForm(forms.Form):
    """Where the instructions go, and in which language."""

    email = OwnMailField(
        label=_("E-mail address"),
        help_text=_("By it we know whose transfer it is, and your receipt goes there."),
    )
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)
