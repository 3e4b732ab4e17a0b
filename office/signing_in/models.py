import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp import DEVICE_ID_SESSION_KEY

from blueheart.tokens import DIGEST_LENGTH, digest


class Session(AbstractBaseSession):
    """One browser's session, known by whose it is: a person can end all of theirs at once.

    Its key is the digest of the one in the browser's cookie: who reads this table can come in by none of them.
    """

    session_key = models.CharField(_("digest of the key"), max_length=DIGEST_LENGTH, primary_key=True)
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
    """Django's sessions in the database, each with its owner, and each under the digest of its key."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest(key)).delete()

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(session_key=digest(self.session_key or ""), expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.session_key = digest(row.session_key)
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


class PasswordLink(models.Model):
    """A mailed link by which a colleague sets their password: once, within a day. Only its digest is kept."""

    LASTS = dt.timedelta(hours=24)

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("account"), related_name="+"
    )
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH, unique=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("link to set a password")
        verbose_name_plural = _("links to set a password")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest[:12]


class Hold(models.Model):
    """An account that one administrator made a second person, or gave another address: it stays shut until a second
    administrator has said that it is in the right hands.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("account"), related_name="+")
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("changed by"), related_name="+"
    )
    held_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("account that waits for a second administrator")
        verbose_name_plural = _("accounts that wait for a second administrator")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["account", "held_by"], name="account_is_held_once_by_each_administrator"),
            models.CheckConstraint(
                condition=~models.Q(account=models.F("held_by")), name="nobody_holds_their_own_account"
            ),
        ]

    def __str__(self) -> str:
        return str(self.held_at)
