"""What staff may change about gifts while the site runs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blueheart.site_settings.declaring import Amount, Group, Number, Switch, declare

GIFTS_STOPPED = declare(
    Switch(
        key="gifts-stopped",
        group=Group.SWITCHES,
        label=_("Stop gifts"),
        help=_(
            "No new gift begins, by card or by bank transfer. Gifts that are being paid are booked when they come in, "
            "and monthly gifts go on: their donors can change or end them."
        ),
        notice=_("New gifts are paused at the moment. Please come back later."),
    )
)
GIFTS_GOAL = declare(
    Amount(
        key="gifts-goal",
        group=Group.GOALS,
        label=_("Gifts this year, in one currency"),
        help=_("Shown on the home page and the tracker. Empty: no goal is shown."),
    )
)


def _limit(key: str, label: Promise, default: int, *, least: int, most: int) -> Number:
    return declare(Number(key=f"gifts-{key}", group=Group.GIFTS, label=label, default=default, least=least, most=most))


GIFTS_BEGUN = _limit("begun", _("Gifts begun from one network in 10 minutes"), 40, least=4, most=10_000)
GIFTS_BY_ADDRESS = _limit("begun-address", _("Gifts begun with one address in a day"), 20, least=4, most=1_000)
STRICT_FROM = _limit(
    "strict-from",
    _("Unpaid gifts in 10 minutes that turn strict mode on by itself; 0 for never"),
    300,
    least=0,
    most=100_000,
)
NOTICES_ASKED = _limit("notices", _("Mails to others asked for from one network in a day"), 10, least=1, most=1_000)
LINKS_BY_NETWORK = _limit(
    "links-network", _("Links to a donor’s own pages asked for in one network in an hour"), 30, least=5, most=10_000
)
LINKS_FOR_ADDRESS = _limit(
    "links-address", _("Links to a donor’s own pages for one address in an hour"), 6, least=2, most=100
)
INSTRUCTIONS_BY_NETWORK = _limit(
    "instructions-network", _("Bank instructions asked for in one network in an hour"), 30, least=5, most=10_000
)
INSTRUCTIONS_FOR_ADDRESS = _limit(
    "instructions-address", _("Bank instructions for one address in an hour"), 3, least=1, most=100
)
REPORTS_AN_HOUR = _limit("reports-hour", _("Gifts reported from one network in an hour"), 10, least=3, most=1_000)
# Stripe itself shows an event for 30 days.
EVENT_DAYS = _limit(
    "event-days", _("Days until an event of Stripe’s that was dealt with is cut to its ids"), 90, least=30, most=730
)
