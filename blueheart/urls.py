"""The site map."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from blueheart.pages.views import root

urlpatterns = [
    path("", root),
    path("", include("office.urls")),
    path("", include("donations.urls_machine")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
urlpatterns += i18n_patterns(
    path("", include("donations.urls")),
    path("", include("pledges.urls")),
    path("", include("campaigns.urls")),
    prefix_default_language=True,
)
