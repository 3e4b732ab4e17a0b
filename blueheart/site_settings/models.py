from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _

from blueheart.site_settings import declaring


def _label(key: str) -> str:
    setting = declaring.find(key)
    return str(setting.label) if setting else key


class SiteSetting(models.Model):
    """What staff have set and what is not the default any more; `declaring` says what may stand here."""

    key = models.CharField(_("setting"), max_length=60, primary_key=True)
    value = models.JSONField(_("value"))

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        permissions = [("switch_sitesetting", _("Can turn the site’s switches on and off"))]

    def __str__(self) -> str:
        return _label(self.key)


class SiteSettingChange(models.Model):
    """One change of one setting; without a value it was, or is, the default. Kept for ever by a trigger."""

    key = models.CharField(_("setting"), max_length=60)
    at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who"), null=True, blank=True, related_name="+"
    )
    why = models.CharField(_("why"), max_length=300)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of a setting")
        verbose_name_plural = _("changes of settings")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["key", "-id"], name="setting_change_of_key")]
        constraints = [
            models.CheckConstraint(name="a_setting_changes_for_a_reason", condition=~models.Q(why="")),
        ]

    def __str__(self) -> str:
        return f"{_label(self.key)} · {self.at:%Y-%m-%d %H:%M}"
