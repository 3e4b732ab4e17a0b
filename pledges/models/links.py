import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.tokens import DIGEST_LENGTH


class SecretLink(models.Model):
    """A secret that was mailed. Only its digest is kept, and only until it expires.

    Once `opened_at` is set, the row is a visit: the digest is then that of the secret in the visitor's browser.
    """

    VISIT_LASTS = dt.timedelta(minutes=30)

    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        abstract = True
