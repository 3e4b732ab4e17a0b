"""Production's settings, with the collected files in a folder that is gone afterwards."""

from blueheart.settings import *  # noqa: F403

STATIC_ROOT = VAR_DIR / "static"  # noqa: F405
STORAGES["staticfiles"] = {  # noqa: F405  named by their content as in production; nobody waits for their compression
    "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
}
