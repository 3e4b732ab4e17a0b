from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from pledges.models.pledges import Pledge


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


class PledgeTally(Window):
    """How many confirmed pledges one campaign has from one country and kind of supporter, as of the last window."""

    confirmed = models.BigIntegerField(_("confirmed"), default=0)

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
