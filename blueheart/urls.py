"""The site map."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from blueheart.metrics.of_portal import tells_figures
from blueheart.pages.media import media
from blueheart.pages.views import root
from blueheart.untranslated import untranslated
from office.api import api
from office.figures import figures

tells_figures(figures)

handler403 = "office.refused.page"
handler500 = "blueheart.pages.unavailable.error_page"

urlpatterns = [
    path("", root),
    untranslated(path("", include("blueheart.metrics.urls"))),
    untranslated(path("", include("office.urls_machine"))),
    untranslated(path("", include("campaigns.urls_machine"))),
    untranslated(path("", include("donations.urls_machine"))),
    untranslated(path("", include("pledges.urls_machine"))),
    untranslated(path("api/v1/", api.urls)),
    untranslated(path(settings.ADMIN_PATH, admin.site.urls)),
]
if not settings.PRODUCTION and settings.MEDIA_URL.startswith("/"):
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:name>", media, name="media"))
urlpatterns += i18n_patterns(
    untranslated(path("", include("office.urls"))),
    untranslated(path("", include("donations.urls"))),
    untranslated(path("", include("pledges.urls"))),
    untranslated(path("", include("campaigns.urls"))),
    prefix_default_language=True,
)
