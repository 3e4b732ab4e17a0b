import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.mail_addresses import as_servers_write
from blueheart.tokens import DIGEST_LENGTH

DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?([.][^\W_]([\w-]*[^\W_])?)+")


class DomainRule(models.Model):
    """Which spellings are one mailbox at a mail provider. Without a rule only upper and lower case are the same."""

    domain = models.CharField(_("domain"), max_length=253, unique=True)
    ignores_dots = models.BooleanField(_("ignores dots before the @"), default=False)
    tag_sign = models.CharField(
        _("sign of a tag"), max_length=1, blank=True, help_text=_("What follows it before the @ is left out: + or -.")
    )
    same_as = models.CharField(
        _("same as"), max_length=253, blank=True, help_text=_("Another domain of the same mailboxes.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    applied_at = models.DateTimeField(
        _("applied"), null=True, blank=True, editable=False, help_text=_("To the pledges that were there before it.")
    )

    class Meta:
        verbose_name = _("rule of a mail domain")
        verbose_name_plural = _("rules of mail domains")
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(condition=Q(tag_sign__in=["", "+", "-", "="]), name="tag_sign_is_one_that_is_used")
        ]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """Write domains in small letters; of two that are the same, one has the mailboxes and the other leads to it."""
        self.domain = as_servers_write(self.domain.strip().removeprefix("@"))
        self.same_as = as_servers_write(self.same_as.strip().removeprefix("@"))
        for name, domain in (("domain", self.domain), ("same_as", self.same_as)):
            if domain and not DOMAIN.fullmatch(domain):
                raise ValidationError({name: _("Write a domain like example.org.")})
        others = DomainRule.objects.exclude(pk=self.pk)
        leads_on = others.filter(domain=self.same_as).exclude(same_as="").exists()
        is_led_to = others.filter(same_as=self.domain).exists()
        if self.same_as and (self.same_as == self.domain or leads_on or is_led_to):
            raise ValidationError({"same_as": _("Name the domain whose mailboxes they are: one that is its own.")})


class QuietAddress(models.Model):
    """A mailbox that we do not write to any more about pledges. Only an HMAC of it is kept."""

    class Reason(models.TextChoices):
        NOT_ME = "not-me", _("its owner says: this was not me")
        BOUNCED = "bounced", _("mail to it comes back for good")
        BY_STAFF = "by-staff", _("staff were asked to stop")

    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH, unique=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("address that we leave alone")
        verbose_name_plural = _("addresses that we leave alone")
        ordering = ["-pk"]
        permissions = [("silence_quietaddress", "Can leave addresses alone, and write to them again")]
        indexes = [
            models.Index(fields=["since"], name="quiet_list_since"),
            models.Index(fields=["reason", "-id"], name="quiet_list_reason"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
