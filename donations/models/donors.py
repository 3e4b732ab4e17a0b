import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.mail_addresses import normalise
from blueheart.visits.links import SecretLink

PUBLIC_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_ID_LENGTH = 12


def new_public_id() -> str:
    """Twelve letters and digits that nobody mistakes for another; they say nothing of a person."""
    return "".join(secrets.choice(PUBLIC_ID_LETTERS) for _letter in range(PUBLIC_ID_LENGTH))


class DonorQuerySet(models.QuerySet["Donor"]):
    def with_email(self, email: str) -> Self:
        """Donors of this address; upper and lower case are one address. Nobody has the empty one."""
        # Only a query that leaves erased addresses out may use the index of `one_donor_per_address`, which does.
        plain = normalise(email)
        return self.annotate(email_lower=Lower("email")).filter(email_lower=Lower(Value(plain))).exclude(email="")


class Donor(models.Model):
    """Somebody who gives, known by an e-mail address. Ledger and trail name them by `public_id` only."""

    public_id = models.CharField(_("public id"), max_length=16, default=new_public_id, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = DonorQuerySet.as_manager()

    class Meta:
        verbose_name = _("donor")
        verbose_name_plural = _("donors")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="donor_public_id_is_unique"),
            models.UniqueConstraint(Lower("email"), name="one_donor_per_address", condition=~Q(email="")),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="donor_list_created"),
            models.Index(fields=["language", "-id"], name="donor_list_language"),
            models.Index(fields=["-id"], name="donor_list_erased", condition=Q(erased_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id


class GivingLink(SecretLink):
    """A mailed link to a donor's own pages; opened, the row is that of the visit."""

    donor = models.ForeignKey(Donor, models.CASCADE, verbose_name=_("donor"), related_name="giving_links")

    class Meta(SecretLink.Meta):
        verbose_name = _("link to a donor’s own pages")
        verbose_name_plural = _("links to donors’ own pages")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["digest"], name="giving_link_digest_is_unique")]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M}"
