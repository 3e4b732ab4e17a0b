"""Grants out: what this portal's own money pays to organisations. What the UN published stands in `campaigns`."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import ISO2
from donations.models.donors import new_public_id
from donations.models.gifts import CURRENCY


class Organisation(models.Model):
    """Who receives grants and helps victims with them."""

    public_id = models.CharField(_("public id"), max_length=16, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=160)
    country = models.CharField(_("country"), max_length=2, help_text=_("Any of the 249, joined or not."))
    website = models.URLField(_("website"), blank=True)
    is_public = models.BooleanField(
        _("named in public"),
        default=True,
        help_text=_("Not where a name would lead perpetrators to a shelter: then only the country is shown."),
    )
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    contact_email = models.EmailField(_("contact’s e-mail"), blank=True)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="organisation_public_id_is_unique"),
            models.UniqueConstraint(fields=["name", "country"], name="organisation_is_recorded_once"),
            models.CheckConstraint(condition=Q(country__regex=ISO2), name="organisation_country_is_an_iso_code"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """The name where it may stand in public, else nothing."""
        return self.name if self.is_public else ""


class GrantQuerySet(models.QuerySet["Grant"]):
    def shown(self) -> Self:
        """What the public sees: two persons have signed. A proposal is no grant yet."""
        return self.filter(status__in=Grant.SIGNED)

    def with_money(self) -> Self:
        """With what was paid and what came back, as booked; in the same query."""
        return self.annotate(
            paid_minor=_booked_sum(GrantPayment.Kind.PAID), returned_minor=_booked_sum(GrantPayment.Kind.RETURNED)
        )


def _booked_sum(kind: str) -> Coalesce:
    payments = GrantPayment.objects.filter(grant=OuterRef("pk"), kind=kind, status=GrantPayment.Status.BOOKED)
    sums = payments.order_by().values("grant").annotate(sum=Sum("amount_minor")).values("sum")
    return Coalesce(Subquery(sums), 0, output_field=models.BigIntegerField())


class Grant(models.Model):
    """Money for one piece of work of an organisation. Two persons sign before anything is paid.

    No grant is ever linked to a gift: all gifts go into one Fund.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        CLOSED = "closed", _("closed")

    # The allowed moves; a trigger holds the database to the same table, and a test compares the two.
    MOVES = {
        Status.PROPOSED: {Status.APPROVED, Status.DECLINED},
        Status.APPROVED: {Status.CLOSED},
        Status.DECLINED: set(),
        Status.CLOSED: set(),
    }  # fmt: skip
    SIGNED = (Status.APPROVED, Status.CLOSED)

    # Only `with_money` fills these in.
    paid_minor: int
    returned_minor: int

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="grants"
    )
    country = models.CharField(_("country of the work"), max_length=2)
    purpose = models.CharField(_("purpose"), max_length=200, help_text=_("One sentence, shown in public."))
    language = models.CharField(_("language of the purpose"), max_length=10, choices=settings.LANGUAGES, default="en")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("proposed by"), related_name="+"
    )
    why = models.TextField(_("why"), blank=True)
    first_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("first signature"), null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    first_signed_at = models.DateTimeField(_("first signed"), null=True, blank=True)
    second_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("second signature"), null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    second_signed_at = models.DateTimeField(_("second signed"), null=True, blank=True)
    reason = models.TextField(_("why it was declined or closed"), blank=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["-pk"]
        permissions = [
            ("propose_grant", "Can propose grants"),
            ("sign_grant", "Can sign grants"),
            ("pay_grant", "Can record payments of grants and money that came back"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="grant_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token"], name="a_form_proposes_one_grant"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="grant_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="grant_has_a_currency"),
            models.CheckConstraint(condition=Q(country__regex=ISO2), name="grant_country_is_an_iso_code"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="grant_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(second_signed_by=None) | ~Q(second_signed_by=F("first_signed_by")),
                name="grant_is_signed_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(second_signed_by=None) | Q(first_signed_by__isnull=False),
                name="grant_is_signed_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "declined"], second_signed_by=None)
                | Q(status__in=["approved", "closed"], second_signed_by__isnull=False),
                name="approved_grant_has_both_signatures",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="grant_by_status")]

    def __str__(self) -> str:
        return self.public_id

    def may_become(self, status: str) -> bool:
        """Whether the graph of states has a way from here to there."""
        return status in self.MOVES[self.Status(self.status)]

    @property
    def approved_on(self) -> dt.date | None:
        """The day (UTC) of the second signature."""
        return self.second_signed_at.astimezone(dt.UTC).date() if self.second_signed_at else None

    @property
    def left_minor(self) -> int:
        """What may still be paid; `with_money` must have loaded it."""
        return self.amount_minor - self.paid_minor + self.returned_minor


class GrantPayment(models.Model):
    """Money of a grant that left our bank, or came back to it. A wrong one is reversed, never edited.

    `amount_minor` counts towards the grant, in its currency; `moved_minor` is what our bank moved, in the account's.
    """

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        RETURNED = "returned", _("returned")

    class Status(models.TextChoices):
        BOOKED = "booked", _("booked")
        REVERSED = "reversed", _("reversed")

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, verbose_name=_("grant"), related_name="payments")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    moved_minor = models.BigIntegerField(_("moved by our bank, minor units"))
    moved_currency = models.CharField(_("in"), max_length=3)
    happened_on = models.DateField(_("on"))
    reference = models.CharField(_("reference of the bank"), max_length=140, blank=True)
    why = models.TextField(_("why"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.BOOKED)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True)
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("payment of a grant")
        verbose_name_plural = _("payments of grants")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="grant_payment_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token"], name="a_form_records_one_grant_payment"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, moved_minor__gt=0), name="grant_payment_is_more_than_nothing"
            ),
            models.CheckConstraint(condition=Q(moved_currency__regex=CURRENCY), name="grant_payment_has_a_currency"),
            models.CheckConstraint(condition=~Q(kind="returned") | ~Q(why=""), name="money_that_came_back_says_why"),
            models.CheckConstraint(
                condition=Q(status="booked", reversed_at=None) | Q(status="reversed", reversed_at__isnull=False),
                name="reversed_grant_payment_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
