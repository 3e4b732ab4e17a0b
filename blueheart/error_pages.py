"""What Django's page of an error, which development shows, leaves out beside what it leaves out by itself."""

import re

from django.views.debug import SafeExceptionReporterFilter


class AddressesToo(SafeExceptionReporterFilter):
    """Leaves out addresses that hold a secret: Sentry's, and the cache's."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|DSN|LOCATION", re.IGNORECASE)
