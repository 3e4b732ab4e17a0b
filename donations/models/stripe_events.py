from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.queue import QueueRow


class StripeEvent(QueueRow):
    """What Stripe told us, as it came: a hint to look, never the truth. The inbox is its own queue of work."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        PROCESSED = "processed", _("processed")
        IGNORED = "ignored", _("ignored by rule")
        SHELVED = "shelved", _("shelved")

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("webhook")
        POLL = "poll", _("events list")
        RECOVERY = "recovery", _("recovered")

    stripe_event_id = models.CharField(_("Stripe event"), max_length=255)
    type = models.CharField(_("type"), max_length=120, blank=True)
    api_version = models.CharField(_("API version"), max_length=120, blank=True)
    livemode = models.BooleanField(_("live"), default=False)
    stripe_object_id = models.CharField(_("object"), max_length=255, blank=True)
    payload = models.TextField(_("payload"), help_text=_("As text; bytes that are no text are written as \\x…"))
    source = models.CharField(_("came by"), max_length=10, choices=Source)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RECEIVED)
    happened_at = models.DateTimeField(_("happened"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    minimised_at = models.DateTimeField(_("cut to its ids"), null=True, blank=True)

    KEPT_BACK = ("payload",)
    ENDED = (Status.IGNORED, Status.PROCESSED)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering = ["-pk"]
        permissions = [("process_stripeevent_again", "Can process Stripe events again")]
        constraints = [
            models.UniqueConstraint(fields=["stripe_event_id"], name="stripe_event_is_stored_once"),
            models.CheckConstraint(condition=Q(livemode=False), name="stripe_event_is_never_live"),
            models.CheckConstraint(
                condition=Q(status="received", next_attempt_at__isnull=False)
                | Q(status__in=["processed", "ignored", "shelved"], next_attempt_at=None),
                name="stripe_event_is_due_or_ended",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ignored", "shelved"]) | ~Q(reason=""),
                name="ignored_or_shelved_stripe_event_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="stripe_event_due", condition=Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["stripe_object_id"], name="stripe_event_object"),
            models.Index(fields=["status", "-id"], name="stripe_event_by_status"),
            models.Index(fields=["happened_at"], name="stripe_event_happened_at"),
            models.Index(fields=["received_at"], name="stripe_event_list_received"),
            models.Index(
                fields=["received_at"],
                name="stripe_event_not_yet_minimised",
                condition=Q(status__in=["ignored", "processed"], minimised_at=None),
            ),
            models.Index(fields=["type", "-id"], name="stripe_event_list_type"),
            models.Index(fields=["api_version", "-id"], name="stripe_event_list_version"),
            models.Index(fields=["source", "-id"], name="stripe_event_list_source", condition=~Q(source="webhook")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_event_id}".strip()

    def shelve(self, reason: str) -> None:
        """Set the event aside, with its reason, until a person processes it again."""
        self._end(reason=reason, shelved_at=timezone.now(), status=self.Status.SHELVED)

    def requeue(self) -> None:
        """Process the event again from the start. Safe to call twice: its effects are unique."""
        self.tries, self.next_attempt_at, self.leased_until, self.shelved_at = 0, timezone.now(), None, None
        self.status = self.Status.RECEIVED
        self.save(update_fields=[*self.QUEUE_FIELDS, "status"])
