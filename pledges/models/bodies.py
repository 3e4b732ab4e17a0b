from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pledges.models.pledges import Pledge


class PledgingBody(models.Model):
    """What an organisation or an authority says of itself beside its pledge, and what staff made of it."""

    class Form(models.TextChoices):
        ASSOCIATION = "association", _("Association or NGO")
        COMPANY = "company", _("Company")
        SCHOOL = "school", _("School or university")
        FAITH = "faith", _("Faith community")
        UNION = "union", _("Trade union")
        MEDIA = "media", _("Media")
        SPORT = "sport", _("Sports club")
        OTHER = "other", _("Other organisation")
        STATE = "state", _("State")
        REGION = "region", _("Region or province")
        CITY = "city", _("City or municipality")

    OF_AUTHORITIES = (Form.STATE, Form.REGION, Form.CITY)

    pledge = models.OneToOneField(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="body")
    form = models.CharField(_("form"), max_length=12, choices=Form)
    people = models.PositiveIntegerField(
        _("people it speaks for"), null=True, blank=True, help_text=_("Members, staff or inhabitants, as it says.")
    )
    link = models.URLField(_("website"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact"), max_length=100, blank=True, help_text=_("Never shown."))
    contact_role = models.CharField(_("role of the contact"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    refused_for = models.CharField(_("why refused"), max_length=200, blank=True)
    asked_for = models.CharField(_("what staff asked for"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("asked for more"), null=True, blank=True)

    class Meta:
        verbose_name = _("organisation or authority")
        verbose_name_plural = _("organisations and authorities")
        indexes = [
            models.Index(fields=["form", "-pledge"], name="body_list_form"),
        ]

    def __str__(self) -> str:
        return self.pledge.public_name or f"{self.get_form_display()} {self.pledge_id}"
