"""What every template may say about the site."""

from django.conf import settings
from django.http import HttpRequest

KEEPS_COPIES = "blueheart.post.local_copies.EmailBackend"
MAIL_COPIES_URL = "/_mail/"


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name, its own address, and where development keeps its mail."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "mail_copies_url": MAIL_COPIES_URL if settings.EMAIL_BACKEND == KEEPS_COPIES else "",
    }
