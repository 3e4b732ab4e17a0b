from django.db import models
from django.utils.translation import gettext_lazy as _


class Version(models.Model):
    """A part of how often something that pages show was changed; the sum over a topic is that topic's version.

    Written by triggers alone, one row for each transaction that writes at the same time: nobody waits for another.
    """

    topic = models.CharField(_("topic"), max_length=10)
    changes = models.BigIntegerField(_("changes"), default=1)

    class Meta:
        default_permissions = ()
        verbose_name = _("version of what pages show")
        verbose_name_plural = _("versions of what pages show")

    def __str__(self) -> str:
        return f"{self.topic} {self.changes}"
