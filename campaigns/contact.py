"""Whom readers write to."""

from email.utils import parseaddr

from django.conf import settings


def contact_address() -> str:
    """The address of whoever runs this portal: the one that its mail comes from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
