from pledges.views.confirming import confirm
from pledges.views.hearts import heart, hearts
from pledges.views.pledging import check_mail, pledge
from pledges.views.reporting import report, reported

__all__ = ["check_mail", "confirm", "heart", "hearts", "pledge", "report", "reported"]
