from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SigningInConfig(AppConfig):
    name = "office.signing_in"
    verbose_name = _("Signing in")

    def ready(self) -> None:
        """Register the mails to staff about their accounts."""
        from office.signing_in import messages  # noqa: F401, PLC0415 models cannot be imported before
