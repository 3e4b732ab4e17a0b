from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("Office")

    def ready(self) -> None:
        """Give apps of others a name that staff understand."""
        apps.get_app_config("axes").verbose_name = _("Sign-in attempts")
        apps.get_app_config("otp_totp").verbose_name = _("Second factors")


class OfficeAdminConfig(AdminConfig):
    default_site = "office.admin_site.OfficeAdminSite"
