"""The site map."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from blueheart.pages.media import media
from blueheart.pages.views import root
from office.api import api

urlpatterns = [
    path("", root),
    path("", include("blueheart.metrics.urls")),
    path("", include("office.urls_machine")),
    path("", include("campaigns.urls_machine")),
    path("", include("donations.urls_machine")),
    path("", include("pledges.urls_machine")),
    path("api/v1/", api.urls),
    path(settings.ADMIN_PATH, admin.site.urls),
]
if not settings.PRODUCTION and settings.MEDIA_URL.startswith("/"):
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:name>", media, name="media"))
urlpatterns += i18n_patterns(
    path("", include("office.urls")),
    path("", include("donations.urls")),
    path("", include("pledges.urls")),
    path("", include("campaigns.urls")),
    prefix_default_language=True,
)
