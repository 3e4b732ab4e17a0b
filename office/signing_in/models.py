from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp import DEVICE_ID_SESSION_KEY

from blueheart.tokens import DIGEST_LENGTH


class Session(AbstractBaseSession):
    """One browser's session, known by whose it is: a person can end all of theirs at once."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("account"), null=True, related_name="+"
    )
    is_inside = models.BooleanField(_("has shown both factors"), default=False)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = _("session")  # type: ignore[assignment]  # django-stubs: a plain text there
        verbose_name_plural = _("sessions")  # type: ignore[assignment]
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> Any:
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's sessions in the database, each with its owner."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        owner = data.get(SESSION_KEY)
        row.account_id = int(owner) if owner else None
        row.is_inside = DEVICE_ID_SESSION_KEY in data
        return row


class SeenPlace(models.Model):
    """A browser or a network from which a person has signed in, by a keyed digest; forgotten after 30 days."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("account"), related_name="+")
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("place of a sign-in")
        verbose_name_plural = _("places of sign-ins")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="place_is_kept_once_per_account")]
        indexes = [models.Index(fields=["seen_at"], name="place_by_moment")]

    def __str__(self) -> str:
        return self.digest[:12]
