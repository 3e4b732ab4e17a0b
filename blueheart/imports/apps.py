from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "blueheart.imports"
    label = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        """Let every app's `importers.py` say what it takes."""
        autodiscover_modules("importers")
