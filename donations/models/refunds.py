from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.queue import QueueRow
from donations.models.donations import Donation
from donations.models.donors import new_public_id


class Refund(QueueRow):
    """Money of one donation on its way back to the donor. The row is its own queue: the worker asks Stripe for it.

    A refund that somebody made in Stripe's dashboard has a row too, from the moment we hear of it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting for a second person")
        DECLINED = "declined", _("declined by the second person")
        APPROVED = "approved", _("on its way to Stripe")
        PENDING = "pending", _("pending")
        REQUIRES_ACTION = "requires_action", _("requires action")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed: the money came back")
        CANCELED = "canceled", _("cancelled")

    # The allowed moves; a trigger holds the database to the same table, and a test compares the two.
    MOVES = {
        Status.WAITING: {Status.APPROVED, Status.DECLINED, Status.CANCELED},
        Status.DECLINED: set(),
        Status.APPROVED: {Status.PENDING, Status.REQUIRES_ACTION, Status.SUCCEEDED, Status.FAILED, Status.CANCELED},
        Status.PENDING: {Status.REQUIRES_ACTION, Status.SUCCEEDED, Status.FAILED, Status.CANCELED},
        Status.REQUIRES_ACTION: {Status.PENDING, Status.SUCCEEDED, Status.FAILED, Status.CANCELED},
        # Banks send money back weeks after Stripe called a refund done.
        Status.SUCCEEDED: {Status.FAILED},
        Status.FAILED: set(),
        Status.CANCELED: set(),
    }  # fmt: skip
    AT_STRIPE = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.SUCCEEDED})
    ASKED = frozenset({Status.WAITING, Status.APPROVED})

    class Source(models.TextChoices):
        STAFF = "staff", _("staff")
        DONOR = "donor", _("asked for by the donor")
        STRIPE = "stripe", _("Stripe’s dashboard")

    class Reason(models.TextChoices):
        """Stripe's own reasons; what staff think stands in `why`."""

        REQUESTED_BY_CUSTOMER = "requested_by_customer", _("the donor asked for it")
        DUPLICATE = "duplicate", _("given twice")
        FRAUDULENT = "fraudulent", _("fraud")

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="refunds")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=16, choices=Status)
    source = models.CharField(_("by"), max_length=8, choices=Source)
    stripe_reason = models.CharField(_("Stripe’s reason"), max_length=40, blank=True)
    why = models.TextField(_("why"), blank=True)
    failure_code = models.CharField(_("failure"), max_length=80, blank=True, help_text=_("Stripe’s code."))
    # Unknown is NULL here, for what is empty is not unique.
    stripe_refund_id = models.CharField(_("Stripe refund"), max_length=255, null=True, blank=True)  # noqa: DJ001
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("second person"), null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    refusals = models.PositiveSmallIntegerField(_("refusals by Stripe"), default=0, editable=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    succeeded_at = models.DateTimeField(_("succeeded"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        permissions = [
            ("refund_donation", "Can refund donations"),
            ("approve_refund", "Can approve refunds of others"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="refund_public_id_is_unique"),
            models.UniqueConstraint(fields=["stripe_refund_id"], name="one_refund_per_stripe_refund"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(requested_by=None) | ~Q(approved_by=F("requested_by")),
                name="refund_is_approved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(status="approved") & (Q(next_attempt_at__isnull=False) | Q(shelved_at__isnull=False))
                | ~Q(status="approved") & Q(next_attempt_at=None),
                name="approved_refund_is_due_or_shelved",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "declined", "approved", "canceled"])
                | Q(stripe_refund_id__isnull=False),
                name="refund_at_stripe_has_its_id",
            ),
            models.CheckConstraint(
                condition=~Q(source="staff") | Q(requested_by__isnull=False) & ~Q(why=""),
                name="refund_by_staff_says_who_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="refund_due", condition=Q(next_attempt_at__isnull=False)),
            models.Index(fields=["status", "-id"], name="refund_by_status"),
            models.Index(fields=["-id"], name="refund_shelved", condition=Q(shelved_at__isnull=False)),
            models.Index(fields=["created_at"], name="refund_list_created"),
            models.Index(fields=["currency", "-id"], name="refund_list_currency"),
            models.Index(fields=["source", "-id"], name="refund_list_source"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def may_become(self, status: str) -> bool:
        """Whether the graph of states has a way from here to there."""
        return status in self.MOVES[self.Status(self.status)]


class RefundRequest(models.Model):
    """A donor's wish to have a gift back, by the mailed link; staff decide, and both hear of it."""

    class Status(models.TextChoices):
        OPEN = "open", _("to be decided")
        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")

    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="refund_requests")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    words = models.TextField(_("the donor’s words"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    answer = models.TextField(_("our answer"), max_length=1000, blank=True, help_text=_("It is mailed to the donor."))
    refund = models.OneToOneField(
        Refund, models.PROTECT, verbose_name=_("refund"), null=True, blank=True, related_name="refund_request"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["-pk"]
        permissions = [("decide_refundrequest", "Can decide refund requests")]
        constraints = [
            models.UniqueConstraint(
                fields=["donation"], condition=Q(status="open"), name="one_open_refund_request_per_donation"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None) | ~Q(status="open") & Q(decided_at__isnull=False),
                name="refund_request_is_open_or_decided",
            ),
            models.CheckConstraint(
                condition=Q(status="granted", refund__isnull=False) | ~Q(status="granted") & Q(refund=None),
                name="granted_refund_request_has_its_refund",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="refund_request_by_status"),
            models.Index(fields=["created_at"], name="refund_request_list_created"),
        ]

    def __str__(self) -> str:
        return gettext("Refund asked for donation %(donation)s") % {"donation": self.donation_id}
