from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """Uses of one thing by one source in one window. The table is UNLOGGED: losing it in a crash forgives, no more."""

    scope = models.CharField(_("scope"), max_length=40)
    key = models.CharField(_("key"), max_length=32)
    ends_at = models.DateTimeField(_("end of window"))
    count = models.PositiveIntegerField(_("count"))

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        constraints = [models.UniqueConstraint(fields=["scope", "key", "ends_at"], name="one_counter_per_window")]
        indexes = [models.Index(fields=["ends_at"], name="counter_ends_at")]

    def __str__(self) -> str:
        return f"{self.scope} {self.count}"


class Pause(models.Model):
    """Until when one source may not do one thing again. UNLOGGED too."""

    scope = models.CharField(_("scope"), max_length=40)
    key = models.CharField(_("key"), max_length=32)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_pause_per_source")]

    def __str__(self) -> str:
        return f"{self.scope} {self.until}"
