from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("Office")

    def ready(self) -> None:
        """Give apps of others a name that staff understand, and make the roles after each `migrate`."""
        from office.making_roles import after_migrate  # noqa: PLC0415 models cannot be imported before

        apps.get_app_config("axes").verbose_name = _("Sign-in attempts")
        apps.get_app_config("otp_totp").verbose_name = _("Second factors")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="office.roles")


class OfficeAdminConfig(AdminConfig):
    default_site = "office.admin_site.OfficeAdminSite"
