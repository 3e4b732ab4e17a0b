"""Reference pages, made from the code each time the site is built: none of them can be out of date.

Django has to be set up before this is imported. Nothing here asks a database.
"""

from collections.abc import Callable
from pathlib import Path

from scripts.docs.reference import api, commands, jobs, layers, metrics, models, settings, site_settings, stripe, trail

PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings.page,
    "reference/site-settings.md": site_settings.page,
    "reference/commands.md": commands.page,
    "reference/models.md": models.page,
    "reference/api.md": api.page,
    "reference/metrics.md": metrics.page,
    "reference/jobs.md": jobs.page,
    "reference/stripe-events.md": stripe.page,
    "reference/audit-trail.md": trail.page,
    "reference/layers.md": layers.page,
}


def write(into: Path) -> None:
    """Write each page below the folder."""
    for place, page in PAGES.items():
        path = into / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page())
