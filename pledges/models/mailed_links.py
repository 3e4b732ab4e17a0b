import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.tokens import DIGEST_LENGTH
from blueheart.visits.links import SecretLink
from pledges.models.pledges import Pledge


class MailedLink(SecretLink):
    """A secret link that was mailed to a supporter.

    A second mail does not break the link of the first: people open whichever they find.
    """

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", _("confirm")
        MANAGE = "manage", _("manage")
        KEPT = "kept", _("say whether it was kept")

    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="links")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)

    class Meta(SecretLink.Meta):
        verbose_name = _("mailed link")
        verbose_name_plural = _("mailed links")
        constraints = [models.UniqueConstraint(fields=["digest"], name="mailed_link_digest_is_unique")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pledge_id}"


class ConfirmationCode(models.Model):
    """Six digits that confirm a pledge when they are typed on the site, in the browser that sent the form.

    Made with the form, whoever sent it; the worker sets `digest` when it mails the code. Tries are those of the code:
    every form of one pledge shares them.
    """

    LASTS = dt.timedelta(minutes=15)
    MOST_TRIES = 5

    form_digest = models.CharField(_("sent form"), max_length=DIGEST_LENGTH)
    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="codes")
    seal = models.CharField(_("what was promised"), max_length=16)
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("confirmation code")
        verbose_name_plural = _("confirmation codes")
        constraints = [models.UniqueConstraint(fields=["form_digest"], name="one_confirmation_code_per_form")]
        indexes = [models.Index(fields=["made_at"], name="confirmation_code_made_at")]

    def __str__(self) -> str:
        return f"{self.pledge_id}"
