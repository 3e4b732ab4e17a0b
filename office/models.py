from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin

from blueheart.queue import QueueRow
from blueheart.tokens import DIGEST_LENGTH, digest


class RecoveryCodes(ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp has no types
    """The sheet of one-time codes that lets a person in whose phone is lost. Wrong codes slow down the next try."""

    class Meta:
        verbose_name = _("sheet of recovery codes")
        verbose_name_plural = _("sheets of recovery codes")
        constraints = [models.UniqueConstraint(fields=["user"], name="one_sheet_of_recovery_codes_per_person")]

    def get_throttle_factor(self) -> float:
        """Seconds after the first wrong code; each further one doubles the wait."""
        return 1.0

    def verify_token(self, token: str) -> bool:
        """Spend the code. Call it with this row locked, as `django_otp.verify_token` does."""
        if not self.verify_is_allowed()[0]:
            return False
        spent = self.codes.filter(digest=digest(token), used_at=None).update(used_at=timezone.now())
        if spent:
            self.throttle_reset()
        else:
            self.throttle_increment()
        return bool(spent)


class RecoveryCode(models.Model):
    """One recovery code by its digest: 138 random bits, shown once."""

    sheet = models.ForeignKey(RecoveryCodes, models.CASCADE, verbose_name=_("sheet"), related_name="codes")
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH, unique=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")

    def __str__(self) -> str:
        return str(_("used") if self.used_at else _("unused"))


class JobTurn(models.Model):
    """When one of the worker's jobs last ran, for all workers together.

    A worker takes the turn of a job by one UPDATE, so that two workers never run the same hourly job twice. The row
    `heartbeat` says when a worker was last alive.
    """

    name = models.CharField(_("job"), max_length=40, unique=True)
    begun_at = models.DateTimeField(_("begun"), null=True, blank=True)
    ended_at = models.DateTimeField(_("last done"), null=True, blank=True)
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        verbose_name = _("job of the worker")
        verbose_name_plural = _("jobs of the worker")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Erasure(QueueRow):
    """A person who wants to be forgotten: asked for by one member of staff, decided by another, then done.

    The address stands here only as long as it is needed; what was done is told without the person.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for a second person")
        DECLINED = "declined", _("declined")
        DOING = "doing", _("being done")
        HELD = "held", _("held, and tried again")
        DONE = "done", _("done")

    OPEN = (Status.WAITING, Status.DOING, Status.HELD)

    email = models.EmailField(_("e-mail"), blank=True)
    case = models.CharField(_("case"), max_length=40, help_text=_("Your reference of the person’s request."))
    why = models.CharField(_("why"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("why declined"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.TextField(_("what was done"), blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("find_person", "Can find a person by address or reference"),
            ("export_person", "Can export all about a person"),
            ("ask_erasure", "Can ask for a person to be erased"),
            ("approve_erasure", "Can approve the erasure that somebody else asked for"),
            ("run_retention", "Can run the rules of retention"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "doing", "held"]) & ~Q(email="")
                | Q(status__in=["declined", "done"], email=""),
                name="erasure_names_the_person_only_while_it_is_open",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | ~Q(status="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="erasure_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")) | Q(status="declined"),
                name="erasure_is_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(next_attempt_at=None) | Q(status__in=["doing", "held"]),
                name="erasure_is_done_only_after_it_is_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["declined", "done"]) | Q(done_at__isnull=False),
                name="erasure_ends_at_a_moment",
            ),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="one_open_erasure_per_address"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="erasure_due", condition=Q(next_attempt_at__isnull=False)),
            models.Index(fields=["status"], name="erasure_by_status"),
        ]

    def __str__(self) -> str:
        return self.case
