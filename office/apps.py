from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("Office")


class OfficeAdminConfig(AdminConfig):
    default_site = "office.admin_site.OfficeAdminSite"
