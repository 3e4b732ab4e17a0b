"""The bank's own word: accounts, imported statements and their lines, and what staff say each line is."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.donations import Donation
from donations.models.gifts import CURRENCY
from donations.models.grants import GrantPayment
from donations.models.ledger import LedgerTransaction
from donations.models.payouts import Payout
from donations.models.promised_gifts import PromisePayment

# A match whose record was taken back since.
IS_REVERSED = (
    Q(donation__status=Donation.Status.REVERSED)
    | Q(promise_payment__status=PromisePayment.Status.REVERSED)
    | Q(grant_payment__status=GrantPayment.Status.REVERSED)
    | Q(payout__status=Payout.Status.FAILED)
    | Q(posting__reversed_by__isnull=False)
)


class BankAccount(models.Model):
    """An account of the Fund's at a bank, in one currency."""

    name = models.CharField(_("name"), max_length=80, help_text=_("As staff call it."))
    holder = models.CharField(_("holder"), max_length=120)
    bank = models.CharField(_("bank"), max_length=120)
    iban = models.CharField(_("IBAN or number"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    is_shown = models.BooleanField(_("shown to donors who give by bank transfer"), default=False)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["iban", "currency"], name="one_bank_account_per_number_and_currency"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="bank_account_has_a_currency"),
        ]

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """A file of the bank's that staff imported. Undone, its lines count no more and may come again."""

    class Format(models.TextChoices):
        CAMT053 = "camt.053", "CAMT.053"
        CSV = "csv", "CSV"

    account = models.ForeignKey(BankAccount, models.PROTECT, verbose_name=_("bank account"), related_name="statements")
    file_name = models.CharField(_("file"), max_length=160)
    digest = models.CharField(_("SHA-256"), max_length=64)
    format = models.CharField(_("format"), max_length=8, choices=Format)
    number = models.CharField(_("number"), max_length=70, blank=True)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    opening_minor = models.BigIntegerField(_("opening balance, minor units"), null=True, blank=True)
    closing_minor = models.BigIntegerField(_("closing balance, minor units"), null=True, blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("imported by"), related_name="+"
    )
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("undone by"), null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    why = models.TextField(_("why it was undone"), blank=True)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-pk"]
        permissions = [("import_bankstatement", "Can import bank statements, match their lines and undo both")]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="undone_statement_says_who",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class BankLineQuerySet(models.QuerySet["BankLine"]):
    def unmatched(self) -> Self:
        """Lines that nobody has explained yet."""
        return self.filter(status=BankLine.Status.UNMATCHED)

    def of_reversed(self) -> Self:
        """Matched lines whose record the books no longer hold, while no line says that the money went back."""
        standing = BankMatch.objects.filter(undone_at=None)
        same = Q()
        for name in ("donation", "promise_payment", "grant_payment", "payout", "posting"):
            same |= Q(**{f"{name}__isnull": False, name: OuterRef(name)})
        stale = standing.filter(IS_REVERSED).exclude(Exists(standing.filter(same).exclude(pk=OuterRef("pk"))))
        return self.filter(status=BankLine.Status.MATCHED, pk__in=stale.order_by().values("line"))


class BankLine(models.Model):
    """One movement of a bank account, as the bank wrote it: above zero it came in, below it went out.

    A movement is known by `fingerprint`, from account, bank reference, day, amount and counterparty: what comes again
    in another file, or another order, is a duplicate. Names and texts may be emptied when a person is erased.
    """

    class Status(models.TextChoices):
        UNMATCHED = "unmatched", _("unmatched")
        MATCHED = "matched", _("matched")
        DUPLICATE = "duplicate", _("duplicate")
        IGNORED = "ignored", _("ignored")
        UNDONE = "undone", _("undone")

    statement = models.ForeignKey(BankStatement, models.PROTECT, verbose_name=_("statement"), related_name="lines")
    position = models.PositiveIntegerField(_("line"), help_text=_("Where it stands in the file, from 1."))
    booked_on = models.DateField(_("booked on"))
    valued_on = models.DateField(_("valued on"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    bank_reference = models.CharField(_("bank’s reference"), max_length=140, blank=True)
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=140, blank=True)
    counterparty = models.CharField(_("counterparty"), max_length=160, blank=True)
    counterparty_iban = models.CharField(_("counterparty’s account"), max_length=40, blank=True)
    remittance = models.TextField(_("text"), blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNMATCHED)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("duplicate of"), null=True, blank=True, related_name="duplicates"
    )
    ignored_for = models.CharField(_("why it is ignored"), max_length=200, blank=True)

    objects = BankLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "position"], name="one_bank_line_per_place"),
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=~Q(status__in=["duplicate", "undone"]),
                name="a_movement_of_the_bank_counts_once",
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="bank_line_moves_something"),
            models.CheckConstraint(
                condition=Q(status="duplicate", duplicate_of__isnull=False)
                | Q(status="undone")
                | ~Q(status__in=["duplicate", "undone"]) & Q(duplicate_of=None),
                name="duplicate_bank_line_names_the_first",
            ),
            models.CheckConstraint(
                condition=~Q(status="ignored") | ~Q(ignored_for=""), name="ignored_bank_line_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="bank_line_unmatched", condition=Q(status="unmatched")),
            models.Index(fields=["status", "-id"], name="bank_line_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor:+d} {self.currency}"


class BankMatchQuerySet(models.QuerySet["BankMatch"]):
    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at=None)


class BankMatch(models.Model):
    """What a bank line is, or a part of it: a gift, a contributor's payment, a grant's, a payout, the bank's fee.

    All standing matches of a line have its sign and add up to it. `is_made_here`: matching booked it, so undoing the
    match reverses it; otherwise it was in the books before and stays there.
    """

    line = models.ForeignKey(BankLine, models.PROTECT, verbose_name=_("bank line"), related_name="matches")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    donation = models.ForeignKey(
        Donation, models.PROTECT, verbose_name=_("donation"), null=True, blank=True, related_name="bank_matches"
    )
    promise_payment = models.ForeignKey(
        PromisePayment, models.PROTECT, verbose_name=_("payment of a contributor"), null=True, blank=True,
        related_name="bank_matches",
    )  # fmt: skip
    grant_payment = models.ForeignKey(
        GrantPayment, models.PROTECT, verbose_name=_("payment of a grant"), null=True, blank=True,
        related_name="bank_matches",
    )  # fmt: skip
    payout = models.ForeignKey(
        Payout, models.PROTECT, verbose_name=_("payout"), null=True, blank=True, related_name="bank_matches"
    )
    posting = models.ForeignKey(
        LedgerTransaction, models.PROTECT, verbose_name=_("posting"), null=True, blank=True,
        related_name="bank_matches", help_text=_("For what is none of these, such as a fee of the bank’s."),
    )  # fmt: skip
    is_made_here = models.BooleanField(_("booked by this match"), default=False)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("matched by"), related_name="+"
    )
    matched_at = models.DateTimeField(_("matched"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = BankMatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("match of a bank line")
        verbose_name_plural = _("matches of bank lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="bank_match_is_of_something"),
            models.CheckConstraint(
                condition=(
                    Q(donation__isnull=False, promise_payment=None, grant_payment=None, payout=None, posting=None)
                    | Q(donation=None, promise_payment__isnull=False, grant_payment=None, payout=None, posting=None)
                    | Q(donation=None, promise_payment=None, grant_payment__isnull=False, payout=None, posting=None)
                    | Q(donation=None, promise_payment=None, grant_payment=None, payout__isnull=False, posting=None)
                    | Q(donation=None, promise_payment=None, grant_payment=None, payout=None, posting__isnull=False)
                ),
                name="bank_match_is_with_one_thing",
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(undone_at=None, amount_minor__gt=0),
                    name=f"{name}_comes_in_by_one_bank_line",
                )
                for name in ("donation", "promise_payment", "grant_payment", "payout", "posting")
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(undone_at=None, amount_minor__lt=0),
                    name=f"{name}_goes_out_by_one_bank_line",
                )
                for name in ("donation", "promise_payment", "grant_payment", "payout", "posting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount_minor:+d}"
