"""Who gives by promise, and the reference by which a bank transfer finds its giver."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.languages import country_name
from campaigns.models.content import ISO2
from donations.models.donors import Donor, new_public_id


class Contributor(models.Model):
    """A government, an institution or a company that promises gifts to the Fund. It is named in public."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("government")
        INSTITUTION = "institution", _("institution")
        COMPANY = "company", _("company")

    public_id = models.CharField(_("public id"), max_length=16, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(
        _("name"), max_length=160, help_text=_("As it is shown. A government is shown by its country’s name.")
    )
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Any of the 249, joined or not."))
    is_public = models.BooleanField(
        _("named in public"), default=True, help_text=_("Otherwise its sums are shown without its name.")
    )
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    contact_email = models.EmailField(
        _("contact’s e-mail"), blank=True, help_text=_("Reminders of instalments are sent there.")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("contributor")
        verbose_name_plural = _("contributors")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="contributor_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["country"], condition=Q(kind="government"), name="one_government_per_country"
            ),
            models.CheckConstraint(condition=~Q(kind="government") | ~Q(country=""), name="government_has_its_country"),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=ISO2), name="contributor_country_is_an_iso_code"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["government", "institution", "company"]), name="contributor_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name as it is shown: a government by its country."""
        return country_name(self.country, language) if self.kind == self.Kind.GOVERNMENT else self.name


class TransferReference(models.Model):
    """What a giver writes on a bank transfer, so that staff find them: an ISO 11649 creditor reference (RF…)."""

    reference = models.CharField(_("reference"), max_length=25)
    donor = models.ForeignKey(
        Donor, models.PROTECT, verbose_name=_("donor"), null=True, blank=True, related_name="transfer_references"
    )
    contributor = models.ForeignKey(
        Contributor,
        models.PROTECT,
        verbose_name=_("contributor"),
        null=True,
        blank=True,
        related_name="transfer_references",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("reference of a transfer")
        verbose_name_plural = _("references of transfers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="transfer_reference_is_unique"),
            models.UniqueConstraint(
                fields=["donor"], condition=Q(donor__isnull=False), name="one_transfer_reference_per_donor"
            ),
            models.UniqueConstraint(
                fields=["contributor"],
                condition=Q(contributor__isnull=False),
                name="one_transfer_reference_per_contributor",
            ),
            models.CheckConstraint(
                condition=Q(donor__isnull=False, contributor=None) | Q(donor=None, contributor__isnull=False),
                name="transfer_reference_is_of_one_giver",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="transfer_ref_list_created"),
            models.Index(fields=["-id"], name="transfer_ref_list_contributor", condition=Q(contributor__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference
