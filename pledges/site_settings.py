"""What staff may change about pledges while the site runs."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blueheart.site_settings.declaring import Group, Number, Switch, declare

PLEDGES_STOPPED = declare(
    Switch(
        key="pledges-stopped",
        group=Group.SWITCHES,
        label=_("Stop pledges"),
        help=_(
            "No new pledge is taken, by the form or with a group’s code. What was sent before can still be confirmed, "
            "and supporters keep their own pages."
        ),
        notice=_("New pledges are paused at the moment. Please come back later."),
    )
)
HEARTS_GOAL = declare(
    Number(
        key="hearts-goal",
        group=Group.GOALS,
        label=_("Hearts this year"),
        help=_("Shown on the home page and the tracker. 0: no goal is shown."),
        default=0,
        least=0,
        most=1_000_000_000,
    )
)


def _limit(key: str, label: Promise, default: int, *, least: int, most: int) -> Number:
    return declare(
        Number(key=f"pledges-{key}", group=Group.PLEDGES, label=label, default=default, least=least, most=most)
    )


# Beyond these a pledge is taken and suspected: only its count waits.
NETWORK_BURST = _limit("network-10-minutes", _("From one network in 10 minutes"), 30, least=4, most=10_000)
NETWORK_DAY = _limit("network-day", _("From one network in a day"), 120, least=10, most=100_000)
NEIGHBOURHOOD_BURST = _limit(
    "neighbourhood-10-minutes", _("From the wider network in 10 minutes"), 150, least=10, most=100_000
)
NEIGHBOURHOOD_DAY = _limit("neighbourhood-day", _("From the wider network in a day"), 600, least=20, most=1_000_000)
MAILBOX_BURST = _limit("mailbox-10-minutes", _("For one mailbox in 10 minutes"), 6, least=2, most=100)
MAILBOX_DAY = _limit("mailbox-day", _("For one mailbox in a day"), 20, least=4, most=1_000)
SITE_BURST = _limit("site-10-minutes", _("On the whole site in 10 minutes"), 20_000, least=100, most=10_000_000)
SITE_DAY = _limit("site-day", _("On the whole site in a day"), 500_000, least=1_000, most=100_000_000)
SMALLEST_QUOTA = _limit(
    "group-quota-least", _("With a small group’s code from one network in a day"), 500, least=20, most=100_000
)
LARGEST_QUOTA = _limit(
    "group-quota-most", _("With a large group’s code from one network in a day"), 5_000, least=100, most=1_000_000
)

# Beyond these the visitor is asked to come back later.
FORMS_AN_HOUR = _limit("forms-hour", _("Forms sent from one network in an hour"), 600, least=30, most=100_000)
CODES_AN_HOUR = _limit("codes-hour", _("Codes typed in one network in an hour"), 600, least=30, most=100_000)
REPORTS_AN_HOUR = _limit("reports-hour", _("Hearts reported from one network in an hour"), 10, least=3, most=1_000)
PHOTOS_BY_NETWORK = _limit("photos-network", _("Photos sent from one network in a day"), 60, least=5, most=10_000)
PHOTOS_OF_MAILBOX = _limit("photos-mailbox", _("Photos sent for one mailbox in a day"), 5, least=2, most=100)
GROUPS_AN_HOUR = _limit("groups-hour", _("Groups opened from one network in an hour"), 20, least=2, most=1_000)
MAILS_A_DAY = _limit("mails-day", _("Mails about pledges to one mailbox in a day"), 5, least=3, most=50)

HOUSEHOLD_NAMES = declare(
    Number(
        key="pledges-household-names",
        group=Group.PLEDGES,
        label=_("Names that may pledge from one mailbox in a campaign"),
        default=lambda: int(settings.HOUSEHOLD_NAMES),
        least=1,
        most=20,
    )
)
