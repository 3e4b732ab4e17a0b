from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations.models.donors import new_public_id
from donations.models.gifts import CURRENCY, REPEATED, Gift, Interval
from donations.models.monthly_gifts import MonthlyGift

# What the donor wall may show: the words of its partial index, so that its pages are found there and nowhere else.
MAY_BE_SHOWN = Q(status="succeeded", is_16_or_older=True, may_need_help_at=None) & (
    Q(words_status="published") | Q(public_name_hidden=False) & ~Q(public_name="")
)


class DonationQuerySet(models.QuerySet["Donation"]):
    def may_be_shown(self) -> Self:
        """Gifts that arrived, and whose donors want a name or words shown that nobody keeps from the public."""
        return self.filter(MAY_BE_SHOWN)

    def succeeded(self) -> Self:
        return self.filter(status=Donation.Status.SUCCEEDED)

    def quarantined(self) -> Self:
        """Payments that differ from what was agreed: a person has to look at them."""
        return self.filter(status=Donation.Status.QUARANTINED)

    def with_words_to_read(self) -> Self:
        """Gifts that arrived with words which wait for a person to read them."""
        return self.succeeded().filter(words_status=Donation.Words.WAITING)

    def may_need_help(self) -> Self:
        """Gifts whose donor may need help, and whom nobody has answered with the helpline yet."""
        return self.filter(may_need_help_at__isnull=False, help_answered_at=None)


class Donation(Gift):
    """One gift: a visitor's form that leads to Stripe's pay page, one month of a monthly gift, or what staff recorded.

    Amount, currency and interval never change once written, and the status only moves forward: triggers hold both.
    """

    class Words(models.TextChoices):
        """Where the donor's public words are: none are shown that no person has read."""

        NONE = "none", _("none")
        WAITING = "waiting", _("to be read")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("declined")

    class NotShown(models.TextChoices):
        """Why staff keep words or a public name from the public."""

        NAME = "name", _("the name breaks the name rule")
        NOT_THEM = "not-them", _("somebody else’s name or story")
        ABUSE = "abuse", _("insult or threat")
        ADVERTISING = "advertising", _("advertising")
        CHILD = "child", _("about a child")
        MAY_NEED_HELP = "may-need-help", _("may need help: never published")
        OTHER = "other", _("something else")

    class Method(models.TextChoices):
        """How the gift came: through Stripe, or recorded by staff."""

        STRIPE = "stripe", _("online")
        BANK = "bank", _("bank transfer")
        CHEQUE = "cheque", _("cheque")
        CASH = "cash", _("cash")
        IN_KIND = "in-kind", _("in kind")

        @classmethod
        def offline_money(cls) -> list[tuple[str, str | Promise]]:
            """The ways by which money comes that Stripe never sees."""
            return [(method.value, method.label) for method in (cls.BANK, cls.CHEQUE, cls.CASH)]

    class ReversedFor(models.TextChoices):
        """Why staff took a gift back that they had recorded."""

        BOUNCED = "bounced", _("the payment did not go through")
        MISTAKE = "mistake", _("recorded by mistake")
        SENT_BACK = "sent-back", _("sent back to the giver")

    class Status(models.TextChoices):
        NOT_STARTED = "not-started", _("not started")
        PENDING = "pending", _("at Stripe’s pay page")
        PROCESSING = "processing", _("processing")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        QUARANTINED = "quarantined", _("quarantined: Stripe says something else")
        REVERSED = "reversed", _("reversed: recorded by mistake, or given back")

    Interval = Interval

    # The allowed moves; migration 0002 holds the database to the same table, and a test compares the two.
    MOVES = {
        Status.NOT_STARTED: {Status.PENDING, Status.PROCESSING, Status.SUCCEEDED, Status.FAILED, Status.EXPIRED,
                             Status.QUARANTINED},
        Status.PENDING: {Status.PROCESSING, Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.QUARANTINED},
        Status.PROCESSING: {Status.SUCCEEDED, Status.FAILED, Status.QUARANTINED},
        # Only what staff recorded can be taken back by them; what Stripe collected is refunded.
        Status.SUCCEEDED: {Status.REVERSED},
        # Money that comes in for a gift we hold for dead must not be lost, and must not pass unseen.
        Status.FAILED: {Status.QUARANTINED},
        Status.EXPIRED: {Status.QUARANTINED},
        Status.QUARANTINED: set(),
        Status.REVERSED: set(),
    }  # fmt: skip
    OPEN = frozenset({Status.NOT_STARTED, Status.PENDING, Status.PROCESSING})

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    method = models.CharField(_("by"), max_length=8, choices=Method, default=Method.STRIPE)
    interval = models.CharField(_("how often"), max_length=8, choices=Interval)
    fee_cover_minor = models.BigIntegerField(
        _("of it to cover the fees, minor units"),
        default=0,
        help_text=_("What the donor added by our estimate; the real fee stands in the books."),
    )
    words = models.CharField(_("public words"), max_length=280, blank=True)
    words_status = models.CharField(_("words"), max_length=10, choices=Words, default=Words.NONE)
    words_declined_for = models.CharField(_("why the words were declined"), max_length=20, blank=True, choices=NotShown)
    name_hidden_for = models.CharField(_("why the name is hidden"), max_length=20, blank=True, choices=NotShown)
    may_need_help_at = models.DateTimeField(
        _("may need help"), null=True, blank=True, help_text=_("Nothing of such a gift is published any more.")
    )
    help_answered_at = models.DateTimeField(_("answered with the helpline"), null=True, blank=True)
    in_kind = models.CharField(
        _("what was given in kind"), max_length=280, blank=True, help_text=_("The amount is its fair value.")
    )
    offline_reference = models.CharField(_("reference of the bank or cheque"), max_length=140, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), null=True, blank=True, related_name="+"
    )
    reversed_for = models.CharField(_("reversed for"), max_length=10, blank=True, choices=ReversedFor)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NOT_STARTED)
    reason = models.TextField(_("reason"), blank=True)
    failure_code = models.CharField(_("failure"), max_length=80, blank=True, help_text=_("Stripe’s code."))
    # A renewal comes from no form.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)
    form_digest = models.CharField(_("what the form said"), max_length=64, blank=True, editable=False)
    checkout_tries = models.PositiveSmallIntegerField(_("refusals by Stripe"), default=0, editable=False)
    checkout_url = models.TextField(_("pay page"), blank=True)
    # Unknown is NULL here, for what is empty is not unique.
    stripe_checkout_session_id = models.CharField(_("Stripe session"), max_length=255, null=True, blank=True)  # noqa: DJ001
    stripe_payment_intent_id = models.CharField(_("Stripe payment"), max_length=255, null=True, blank=True)  # noqa: DJ001
    stripe_invoice_id = models.CharField(_("Stripe invoice"), max_length=255, null=True, blank=True)  # noqa: DJ001
    statement_text = models.CharField(_("on the card statement"), max_length=40, blank=True)
    monthly_gift = models.ForeignKey(
        MonthlyGift, models.PROTECT, verbose_name=_("monthly gift"), null=True, blank=True, related_name="donations"
    )
    succeeded_at = models.DateTimeField(_("succeeded"), null=True, blank=True)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        ordering = ["-pk"]
        # Unique by constraint and not by field: Django would add a second index to a field, for LIKE, at every insert.
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="donation_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token", "form_digest"], name="one_donation_per_form_and_its_content"),
            models.UniqueConstraint(fields=["stripe_checkout_session_id"], name="one_donation_per_checkout_session"),
            models.UniqueConstraint(fields=["stripe_payment_intent_id"], name="one_donation_per_payment"),
            models.UniqueConstraint(fields=["stripe_invoice_id"], name="one_donation_per_invoice"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="donation_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="donation_has_a_currency"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "not-started",
                        "pending",
                        "processing",
                        "succeeded",
                        "failed",
                        "expired",
                        "quarantined",
                        "reversed",
                    ]
                ),
                name="donation_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(interval__in=[interval.value for interval in Interval]), name="donation_interval_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["succeeded", "reversed"], succeeded_at__isnull=False)
                & (~Q(method="stripe") | Q(stripe_payment_intent_id__isnull=False))
                | ~Q(status__in=["succeeded", "reversed"]) & Q(succeeded_at=None),
                name="donation_succeeded_at_a_moment_by_a_payment",
            ),
            models.CheckConstraint(
                condition=Q(method="stripe", recorded_by=None, in_kind="") & ~Q(status="reversed")
                | Q(method__in=["bank", "cheque", "cash", "in-kind"], recorded_by__isnull=False, interval="once")
                & Q(status__in=["succeeded", "reversed"], stripe_payment_intent_id=None),
                name="offline_donation_is_recorded_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(method="in-kind") & ~Q(in_kind="") | ~Q(method="in-kind") & Q(in_kind=""),
                name="gift_in_kind_says_what_was_given",
            ),
            models.CheckConstraint(
                condition=~Q(status="reversed") | ~Q(reason=""), name="reversed_donation_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(reversed_for="") | Q(status="reversed"), name="only_a_reversed_donation_says_what_for"
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(stripe_checkout_session_id__isnull=False) & ~Q(checkout_url=""),
                name="pending_donation_has_a_pay_page",
            ),
            models.CheckConstraint(
                condition=~Q(status="quarantined") | ~Q(reason=""), name="quarantined_donation_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(monthly_gift=None) | Q(interval__in=[interval.value for interval in REPEATED]),
                name="donation_of_a_monthly_gift_is_monthly",
            ),
            models.CheckConstraint(
                condition=Q(fee_cover_minor__gte=0, fee_cover_minor__lt=F("amount_minor")),
                name="fee_cover_is_a_part_of_the_donation",
            ),
            models.CheckConstraint(
                condition=Q(words="", words_status="none") | ~Q(words="") & ~Q(words_status="none"),
                name="donation_words_have_a_status",
            ),
            models.CheckConstraint(
                condition=Q(public_name="") | Q(is_16_or_older=True), name="public_name_of_a_donor_needs_16_years"
            ),
            models.CheckConstraint(
                condition=Q(words="") | Q(is_16_or_older=True), name="words_of_a_donor_need_16_years"
            ),
            models.CheckConstraint(
                condition=Q(words_status="declined") & ~Q(words_declined_for="")
                | ~Q(words_status="declined") & Q(words_declined_for=""),
                name="declined_words_say_why",
            ),
            models.CheckConstraint(
                condition=Q(name_hidden_for="") | Q(public_name_hidden=True), name="only_a_hidden_name_says_why"
            ),
            models.CheckConstraint(
                condition=Q(may_need_help_at=None, help_answered_at=None)
                | Q(may_need_help_at__isnull=False, public_name_hidden=True) & ~Q(words_status="published"),
                name="who_may_need_help_is_never_published",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], name="donation_by_status"),
            models.Index(
                fields=["-id"],
                name="donation_words_to_read",
                condition=Q(words_status="waiting", status="succeeded"),
            ),
            models.Index(
                fields=["-id"],
                name="donation_may_need_help",
                condition=Q(may_need_help_at__isnull=False, help_answered_at=None),
            ),
            models.Index(fields=["-id"], name="donation_wall", condition=MAY_BE_SHOWN),
            models.Index(fields=["created_at"], name="donation_list_created"),
            models.Index(fields=["currency", "-id"], name="donation_list_currency"),
            models.Index(fields=["method", "-id"], name="donation_list_method", condition=~Q(method="stripe")),
            models.Index(fields=["status", "-id"], name="donation_list_status", condition=~Q(status="succeeded")),
            models.Index(fields=["interval", "-id"], name="donation_list_interval", condition=~Q(interval="once")),
            models.Index(fields=["words_status", "-id"], name="donation_list_words", condition=~Q(words_status="none")),
            models.Index(
                fields=["words_declined_for", "-id"], name="donation_list_declined", condition=~Q(words_declined_for="")
            ),
            models.Index(fields=["-id"], name="donation_list_hidden", condition=Q(public_name_hidden=True)),
            models.Index(fields=["-id"], name="donation_list_answered", condition=Q(help_answered_at__isnull=False)),
        ]
        permissions = [
            ("moderate_donation", "Can moderate words and public names of donors"),
            ("answer_for_help", "Can answer donors who may need help"),
            ("record_offline_gift", "Can record gifts that did not come through Stripe, and reverse them"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        """Whether it may still become a gift."""
        return self.status in self.OPEN

    @property
    def is_monthly(self) -> bool:
        """Whether it is one of several: each month, quarter or year."""
        return self.interval in REPEATED

    @property
    def is_offline(self) -> bool:
        """Whether staff recorded it, for Stripe never saw it."""
        return self.method != self.Method.STRIPE

    @property
    def is_in_kind(self) -> bool:
        """Whether things were given and no money: the amount is their estimated value."""
        return self.method == self.Method.IN_KIND

    @property
    def given_at(self) -> datetime | None:
        """When it was given: staff may record it days later."""
        return self.succeeded_at if self.is_offline else self.created_at

    @property
    def shown_name(self) -> str:
        """The name that may stand in public; empty where the donor wants none, or staff hide it."""
        return "" if self.public_name_hidden else self.public_name

    @property
    def shown_words(self) -> str:
        """The words that a person has read and published; empty otherwise."""
        return self.words if self.words_status == self.Words.PUBLISHED else ""

    def may_become(self, status: str) -> bool:
        """Whether the graph of states has a way from here to there."""
        return status in self.MOVES[self.Status(self.status)]


class PublicGift(Donation):
    """What a gift shows of its donor, for those who moderate: they need to see no address and no amount."""

    class Meta:
        proxy = True
        verbose_name = _("words and name of a donor")
        verbose_name_plural = _("words and names of donors")
        default_permissions = ("view",)
