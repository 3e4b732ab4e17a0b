from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign


class CampaignTerms(models.Model):
    """What holds for the pledges of one campaign. A campaign without a row has the defaults of the fields."""

    campaign = models.OneToOneField(
        Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="pledge_terms", primary_key=True
    )
    counts_shown_from = models.PositiveIntegerField(
        _("show the count from"), default=0, help_text=_("Below it, pages do not say how many there are.")
    )
    ask_after_days = models.PositiveSmallIntegerField(
        _("ask whether it was kept after so many days"), default=30, help_text=_("0: never.")
    )
    ask_on = models.DateField(
        _("or on this day"), null=True, blank=True, help_text=_("For a campaign that is about one day, the day after.")
    )
    anonymise_after_months = models.PositiveSmallIntegerField(
        _("forget names so many months after the campaign ends"), default=24
    )
    is_held = models.BooleanField(_("hold: forget nothing of it"), default=False)
    held_for = models.CharField(_("why it is held"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("terms of pledging")
        verbose_name_plural = _("terms of pledging")
        permissions = [("hold_campaignterms", "Can hold the pledges of a campaign against forgetting, and let go")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_held=False) | ~Q(held_for=""),
                name="hold_has_a_reason",
                violation_error_message=_("Say why nothing of it may be forgotten."),
            ),
            models.CheckConstraint(condition=Q(anonymise_after_months__gt=0), name="names_are_kept_for_some_months"),
        ]

    def __str__(self) -> str:
        return str(self.campaign)
