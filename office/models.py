from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin

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
    """One recovery code by its digest: 79 random bits, shown once."""

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
