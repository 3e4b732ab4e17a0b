from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _

from donations.models.disputes import Dispute
from donations.models.donations import Donation
from donations.models.refunds import Refund


class TributeQuerySet(models.QuerySet["Tribute"]):
    def of_gifts_that_stay(self) -> Self:
        """Those whose gift has arrived, and was neither given back in full nor taken back, or claimed, by a bank."""
        gone = [Refund.Status.DECLINED, Refund.Status.FAILED, Refund.Status.CANCELED]
        refunds = Refund.objects.filter(donation=OuterRef("donation")).exclude(status__in=gone)
        refunded = refunds.order_by().values("donation").annotate(sum=Sum("amount_minor")).values("sum")
        claims = [Dispute.Status.NEEDS_RESPONSE, Dispute.Status.UNDER_REVIEW, Dispute.Status.LOST]
        claimed = Dispute.objects.filter(status__in=claims).values("donation")
        return (
            self.filter(donation__status=Donation.Status.SUCCEEDED)
            .filter(donation__amount_minor__gt=Coalesce(Subquery(refunded), 0))
            .exclude(donation__in=claimed)
        )


class Tribute(models.Model):
    """Whom a donation honours or remembers, and the mail that tells somebody of it on a chosen day.

    Its names and the address belong to others: they serve that one mail, and whom it honours stands on the receipt.
    """

    class Kind(models.TextChoices):
        HONOUR = "honour", _("in honour of")
        MEMORY = "memory", _("in memory of")

    donation = models.OneToOneField(Donation, models.PROTECT, verbose_name=_("donation"), related_name="tribute")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    honoured_name = models.CharField(_("whom"), max_length=80)
    notice_name = models.CharField(_("notice to, name"), max_length=80, blank=True)
    notice_email = models.EmailField(_("notice to, address"), blank=True)
    notice_from = models.CharField(_("notice from"), max_length=80, blank=True)
    notice_on = models.DateField(_("notice on"), null=True, blank=True)
    noticed_at = models.DateTimeField(_("notice promised"), null=True, blank=True)

    objects = TributeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tribute")
        verbose_name_plural = _("tributes")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice_email="", notice_on=None) | ~Q(notice_email="") & Q(notice_on__isnull=False),
                name="tribute_notice_has_its_day",
            )
        ]
        indexes = [
            models.Index(
                fields=["notice_on"], name="tribute_to_notice", condition=Q(notice_on__isnull=False, noticed_at=None)
            ),
            # Few hold an address at any time: it is forgotten a month after its mail.
            models.Index(Upper("notice_email"), name="tribute_notice_to", condition=~Q(notice_email="")),
        ]

    def __str__(self) -> str:
        return self.kind
