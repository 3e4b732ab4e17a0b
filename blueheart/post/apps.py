from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PostConfig(AppConfig):
    name = "blueheart.post"
    label = "post"
    verbose_name = _("Post")

    def ready(self) -> None:
        """Let every app's `messages.py` register its letters."""
        autodiscover_modules("messages")
