import ipaddress
import re
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.mail_addresses import as_servers_write
from campaigns.models import Campaign
from pledges.models.pledges import Pledge

DOMAIN_GLOB = re.compile(r"[a-z0-9*?]([a-z0-9.*?-]*[a-z0-9*?])?")


def is_network(value: str) -> None:
    """Raises `ValidationError` for what is no address and no network in CIDR notation."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValidationError(_("Write an address, or a network as 198.51.100.0/24.")) from error


class SourceRuleQuerySet(models.QuerySet["SourceRule"]):
    def valid(self) -> Self:
        """Rules that hold today."""
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()))


class SuspectedPledge(Pledge):
    """A pledge that is not counted while nobody knows whether people made it: what staff review."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("suspected pledge")
        verbose_name_plural = _("suspected pledges")
        ordering = ["suspected_at"]


class SourceRule(models.Model):
    """A network or mail domain that staff trust: no limit suspects it; or that they block: all of it is suspected.

    Of several rules for one network the narrowest decides, and so it does for a domain. What either blocks is blocked.
    """

    class Act(models.TextChoices):
        ALLOW = "allow", _("allow")
        BLOCK = "block", _("block")

    act = models.CharField(_("what to do"), max_length=5, choices=Act)
    network = models.CharField(_("network"), max_length=50, blank=True, validators=[is_network])
    domain = models.CharField(_("mail domain"), max_length=253, blank=True, help_text=_("* stands for anything."))
    comment = models.CharField(_("comment"), max_length=300)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = SourceRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("source that is allowed or blocked")
        verbose_name_plural = _("sources that are allowed or blocked")
        ordering = ["act", "network", "domain"]
        constraints = [
            models.CheckConstraint(
                condition=Q(network="") & ~Q(domain="") | ~Q(network="") & Q(domain=""),
                name="source_rule_names_a_network_or_a_domain",
                violation_error_message=_("Write either a network or a mail domain."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.network or self.domain}"

    def clean(self) -> None:
        """Write domains in small letters and networks in their shortest form."""
        self.domain = as_servers_write(self.domain.strip().removeprefix("@"))
        if self.domain and not DOMAIN_GLOB.fullmatch(self.domain):
            raise ValidationError({"domain": _("Write a domain like example.org or *.example.org.")})
        if self.network:
            is_network(self.network)
            self.network = str(ipaddress.ip_network(self.network, strict=False))


class TrendingSource(models.Model):
    """How many pledges came from one network or for one mail domain in one hour: the loudest of each hour."""

    class Kind(models.TextChoices):
        NETWORK = "network", _("network")
        DOMAIN = "domain", _("mail domain")

    hour = models.DateTimeField(_("hour"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    source = models.CharField(_("source"), max_length=253)
    pledges = models.PositiveIntegerField(_("pledges"))
    confirmed = models.PositiveIntegerField(_("of them confirmed"))
    suspected = models.PositiveIntegerField(_("of them suspected"))

    class Meta:
        verbose_name = _("trending source")
        verbose_name_plural = _("trending sources")
        ordering = ["-hour", "-pledges"]
        constraints = [models.UniqueConstraint(fields=["hour", "kind", "source"], name="one_row_per_source_and_hour")]

    def __str__(self) -> str:
        return f"{self.source} {self.pledges}"


class InvalidationCase(models.Model):
    """Pledges that staff take out of the count together: by which marks, how many, and how far the worker is.

    What it did can be undone exactly: each pledge gets back the standing that it had.
    """

    MOST_COUNTED = 100_000  # counting stops one further: `found` then means "more than that"

    class Status(models.TextChoices):
        DRAFT = "draft", _("counted, not begun")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    title = models.CharField(_("title"), max_length=120)
    why = models.CharField(_("why"), max_length=500)
    network = models.CharField(_("network"), max_length=50, blank=True, validators=[is_network])
    domain = models.CharField(_("mail domain"), max_length=253, blank=True)
    name = models.CharField(_("public name"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="+"
    )
    made_from = models.DateTimeField(_("made since"), null=True, blank=True)
    made_until = models.DateTimeField(_("made before"), null=True, blank=True)
    is_only_suspected = models.BooleanField(_("suspected ones only"), default=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    found = models.PositiveIntegerField(_("found"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    last_pledge_id = models.BigIntegerField(_("got as far as"), default=0, editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("invalidation case")
        verbose_name_plural = _("invalidation cases")
        ordering = ["-pk"]
        permissions = [("run_invalidationcase", "Can run, cancel and undo invalidation cases")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(
                    network="", domain="", name="", country="", campaign=None, made_from=None, made_until=None
                ),
                name="invalidation_case_has_a_condition",
                violation_error_message=_("Name at least one condition: everything at once is no case."),
            ),
            models.CheckConstraint(
                condition=Q(made_from=None) | Q(made_until=None) | Q(made_until__gt=F("made_from")),
                name="invalidation_case_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="invalidation_case_at_work", condition=Q(status__in=["running", "undoing"])
            ),
            models.Index(fields=["id"], name="invalidation_case_draft", condition=Q(status="draft")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_at_work(self) -> bool:
        return self.status in (self.Status.RUNNING, self.Status.UNDOING)

    @property
    def is_open(self) -> bool:
        """Whether what it is about waits for it: no rule releases such a pledge meanwhile."""
        return self.status in (self.Status.DRAFT, self.Status.RUNNING)

    @property
    def can_be_undone(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.CANCELLED) and self.done > 0


class InvalidatedPledge(models.Model):
    """A pledge that a case took out of the count, and what it was before."""

    case = models.ForeignKey(InvalidationCase, models.PROTECT, verbose_name=_("case"), related_name="pledges")
    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="invalidations")
    standing = models.CharField(_("standing before"), max_length=10, choices=Pledge.Standing)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("invalidated pledge")
        verbose_name_plural = _("invalidated pledges")
        constraints = [
            models.UniqueConstraint(fields=["case", "pledge"], name="pledge_is_invalidated_once_by_a_case"),
            models.UniqueConstraint(
                fields=["pledge"], condition=Q(undone_at=None), name="pledge_is_invalidated_by_one_case_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.pledge_id}"
