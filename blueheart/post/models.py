from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from blueheart import tokens
from blueheart.queue import QueueRow


class Message(QueueRow):
    """One mail to be sent for one cause, without the mail: kind, language and the id that its text is made from.

    Neither an address nor a rendered link is stored; the worker makes both when it sends.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        RETURNED = "returned", _("returned: the mailbox does not take it")
        DROPPED = "dropped", _("dropped: nothing left to send")
        SHELVED = "shelved", _("shelved")

    MOST_TRIES = 60  # four days of a mail server that does not take it: RFC 5321, 4.5.4.1

    kind = models.CharField(_("kind"), max_length=60)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    subject_id = models.BigIntegerField(_("subject"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="message_due", condition=models.Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["-id"], name="message_shelved", condition=models.Q(status="shelved")),
            models.Index(fields=["created_at"], name="message_list_created"),
            models.Index(fields=["status", "-id"], name="message_list_status", condition=~models.Q(status="sent")),
            models.Index(fields=["language", "-id"], name="message_list_language"),
            models.Index(fields=["kind", "-id"], name="message_list_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.cause})"

    @property
    def message_id(self) -> str:
        """The mail's Message-ID: the same at every attempt, so that a mail handed over twice is seen as one.

        Nobody can tell that of somebody else's mail: whoever names it in a report of mail that came back has seen it.
        """
        return self._message_ids()[0]

    def is_known_as(self, message_id: str) -> bool:
        """Whether this is its Message-ID, or was under a key that was in use when it was sent."""
        return any(constant_time_compare(message_id, each) for each in self._message_ids())

    def _message_ids(self) -> list[str]:
        host = settings.SITE_URL.split("//", 1)[1].split(":")[0].split("/")[0]
        seals = tokens.seals("blueheart.post.message-id", f"{self.pk} {int(self.created_at.timestamp())}")
        return [f"<post.{self.pk}.{seal[:32]}@{host}>" for seal in seals]

    def shelve(self, reason: str) -> None:
        """Set the message aside, with its reason, until a person sends it again."""
        self._end(reason=reason, shelved_at=timezone.now(), status=self.Status.SHELVED)

    def requeue(self) -> None:
        """Send the message again from the start. Safe to call twice."""
        self.status = self.Status.WAITING
        self.save(update_fields=["status"])
        super().requeue()


class MailText(models.Model):
    """A sentence of one kind of mail in one language as staff say it. Without a row it is ours.

    `source` is the sentence in English, by which `wording` knows it; `words` are texts by plural form.
    """

    kind = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    source = models.CharField(_("sentence"), max_length=1000)
    words = models.JSONField(_("words"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("text of a mail")
        verbose_name_plural = _("texts of mails")
        ordering = ["kind", "language", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "source"], name="sentence_of_a_mail_is_worded_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class NoticeRule(models.Model):
    """Whom of those who may act on it staff chose to be told of one kind of thing. Without a row all of them are."""

    kind = models.CharField(_("kind"), max_length=40, unique=True)
    is_on = models.BooleanField(_("sent"), default=True)
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("sent to"), blank=True, related_name="+")

    class Meta:
        verbose_name = _("notice to staff")
        verbose_name_plural = _("notices to staff")
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind


class DigestReader(models.Model):
    """Who gets the digest of the office, and how often. Without a row nobody does."""

    class Every(models.TextChoices):
        DAY = "day", _("every morning")
        WEEK = "week", _("on Mondays")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("reader"), related_name="+", primary_key=True
    )
    every = models.CharField(_("how often"), max_length=10, choices=Every)

    class Meta:
        verbose_name = _("reader of the digest")
        verbose_name_plural = _("readers of the digest")

    def __str__(self) -> str:
        return f"{self.user} ({self.get_every_display()})"
