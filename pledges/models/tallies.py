from django.db import models
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from pledges.models.pledges import Pledge

SMALLEST_COUNTRY = 5


class Window(models.Model):
    """What both tables of counting count by."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="+", db_index=False)
    country = models.CharField(_("country"), max_length=2)
    kind = models.CharField(_("kind"), max_length=12, choices=Pledge.Kind)

    class Meta:
        abstract = True


class PledgeDelta(Window):
    """One change of a tally, written beside the pledge that caused it; the worker soon adds it up and deletes it."""

    change = models.IntegerField(_("change"))

    class Meta:
        verbose_name = _("change of a tally")
        verbose_name_plural = _("changes of tallies")

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.change:+d}"


class PledgeTallyQuerySet(models.QuerySet["PledgeTally"]):
    def total(self) -> int:
        """How many pledges these tallies count together."""
        return int(self.aggregate(total=Sum("confirmed"))["total"] or 0)

    def by_country(self) -> dict[str, int]:
        """Confirmed pledges of each country that has any, all campaigns and kinds together."""
        rows = self.order_by().values_list("country").annotate(total=Sum("confirmed")).filter(total__gt=0)
        return dict(rows)

    def countries_shown(self) -> frozenset[str]:
        """Countries with enough pledges that an unnamed heart may say it is from there: five or more."""
        return frozenset(iso2 for iso2, total in self.by_country().items() if total >= SMALLEST_COUNTRY)


class PledgeTally(Window):
    """How many confirmed pledges one campaign has from one country and kind of supporter, as of the last window."""

    confirmed = models.BigIntegerField(_("confirmed"), default=0)

    objects = PledgeTallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "country", "kind"], name="one_tally_per_campaign_country_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.confirmed}"
