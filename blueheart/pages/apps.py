from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "blueheart.pages"
    label = "pages"
    verbose_name = _("Pages")

    def ready(self) -> None:
        """Let every app's `page_changes.py` say what changes its pages beside the rows that triggers watch."""
        autodiscover_modules("page_changes")
