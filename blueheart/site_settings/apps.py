from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class SiteSettingsConfig(AppConfig):
    name = "blueheart.site_settings"
    label = "site_settings"
    verbose_name = _("The site’s settings")

    def ready(self) -> None:
        """Let every app's `site_settings.py` declare its settings."""
        autodiscover_modules("site_settings")
