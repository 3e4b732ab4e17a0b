"""What machines may know of giving here: to whom, where, and that it is a test."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

FUND_SITE = "unvtf-site"  # the source whose address is the Fund's own site


def donate_action() -> dict[str, Any]:
    """A schema.org DonateAction to the Fund through this portal, in the page's language; it says that it is a test."""
    return {
        "@type": "DonateAction",
        "name": _("Give to victims’ support"),
        "description": _("This portal runs in Stripe’s test mode: no real money moves, and nothing reaches the Fund."),
        "recipient": {
            "@type": "Organization",
            "name": "United Nations Voluntary Trust Fund for Victims of Trafficking in Persons",
        },
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": f"{settings.SITE_URL}{reverse('donations:donate')}",
            "actionPlatform": [
                "https://schema.org/DesktopWebPlatform",
                "https://schema.org/MobileWebPlatform",
            ],
        },
    }
