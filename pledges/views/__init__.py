from pledges.views.confirming import code, confirm, thanks
from pledges.views.hearts import heart, heart_card, heart_certificate, hearts
from pledges.views.keeping import kept, kept_thanks
from pledges.views.pledging import check_mail, pledge
from pledges.views.reporting import report, reported
from pledges.views.what_was_kept import what_was_kept

__all__ = [
    "check_mail",
    "code",
    "confirm",
    "heart",
    "heart_card",
    "heart_certificate",
    "hearts",
    "kept",
    "kept_thanks",
    "pledge",
    "report",
    "reported",
    "thanks",
    "what_was_kept",
]
