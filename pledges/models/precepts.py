from typing import Self

from django.db import models
from django.db.models import Exists, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign


class Precept(models.Model):
    """One thing that a supporter can promise to do. What it says is in its wordings, one per version."""

    slug = models.SlugField(_("slug"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("precept")
        verbose_name_plural = _("precepts")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class PreceptOffer(models.Model):
    """A precept that supporters of a campaign can choose, and its place among the others.

    A campaign without offers of its own has those of the global campaign. Where an offer goes, old pledges keep the
    precept.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="precept_offers")
    precept = models.ForeignKey(Precept, models.PROTECT, verbose_name=_("precept"), related_name="offers")
    order = models.PositiveSmallIntegerField(_("order"), default=100, help_text=_("Lower comes first."))

    class Meta:
        verbose_name = _("precept of a campaign")
        verbose_name_plural = _("precepts of campaigns")
        ordering = ["campaign", "order", "precept"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "precept"], name="precept_is_offered_once_in_a_campaign")
        ]

    def __str__(self) -> str:
        return f"{self.precept} ({self.campaign})"


class PreceptWordingQuerySet(models.QuerySet["PreceptWording"]):
    def current(self) -> Self:
        """The newest wording of each precept."""
        newest = self.order_by("precept_id", "-version").distinct("precept_id").values("pk")
        return self.filter(pk__in=newest)

    def offered(self, campaign: Campaign) -> Self:
        """The wordings that a supporter of this campaign can choose today, in the order they are shown."""
        own = PreceptOffer.objects.filter(campaign=campaign)
        of_main = Q(precept__offers__campaign__slug=Campaign.GLOBAL_SLUG)
        offers = Q(precept__offers__campaign=campaign) | (of_main & ~Exists(own))
        return self.current().filter(offers).order_by("precept__offers__order", "precept__slug")


class PreceptWording(models.Model):
    """What a precept says, in all languages, from one version to the next.

    A pledge keeps the wording that it was signed under: a trigger refuses to change or delete one. Other words are
    another version.
    """

    precept = models.ForeignKey(Precept, models.PROTECT, verbose_name=_("precept"), related_name="wordings")
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(_("text"), max_length=300)
    is_by_staff = models.BooleanField(_("written by staff"), default=False, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = PreceptWordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording of a precept")
        verbose_name_plural = _("wordings of precepts")
        ordering = ["precept__slug", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["precept", "version"], name="precept_has_one_wording_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"
