from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart import names


class NameWord(models.Model):
    """A word that no public name may hold, in one language or, where it is unmistakable, in all of them."""

    word = models.CharField(_("word"), max_length=40, help_text=_("Kept in small letters and in its plain form."))
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Empty: refused in every language."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("word refused in names")
        verbose_name_plural = _("words refused in names")
        ordering = ["language", "word"]
        constraints = [models.UniqueConstraint(fields=["word", "language"], name="name_word_once_per_language")]

    def __str__(self) -> str:
        return self.word

    def clean(self) -> None:
        """Write the word as names are compared: small letters, plain form."""
        self.word = names.key(self.word)


class Report(models.Model):
    """What a visitor told us about a name or words in public. Nothing is kept about the visitor."""

    class Reason(models.TextChoices):
        NOT_THEM = "not-them", _("It uses somebody else’s name")
        ABUSE = "abuse", _("It insults or threatens")
        ADVERTISING = "advertising", _("It advertises something")
        CHILD = "child", _("It is about a child")
        MAY_NEED_HELP = "may-need-help", _("Somebody may need help")
        OTHER = "other", _("Something else")

    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.CharField(_("in the visitor’s words"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("reported"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        abstract = True


class ClaimQuerySet(models.QuerySet["Claim"]):
    def live(self) -> Self:
        """Claims that hold: somebody is looking."""
        return self.filter(expires_at__gt=timezone.now())


class Claim(models.Model):
    """Who is looking at one row now, so that no two of the staff decide on it: taken and ended by `claims`."""

    kind = models.CharField(_("kind"), max_length=80, help_text=_("The model of the row."))
    target_id = models.BigIntegerField(_("row"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("who looks at it"), related_name="+"
    )
    queue = models.CharField(_("queue"), max_length=40, blank=True, help_text=_("Empty: on the page of the row."))
    expires_at = models.DateTimeField(_("until"))

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("row that somebody looks at")
        verbose_name_plural = _("rows that somebody looks at")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "target_id"], name="claim_is_of_one_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"


class Skip(models.Model):
    """A row that somebody left to a colleague: their queue does not show it to them again today."""

    kind = models.CharField(_("kind"), max_length=80)
    target_id = models.BigIntegerField(_("row"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("who"), related_name="+")
    on = models.DateField(_("on"))

    class Meta:
        verbose_name = _("row left to a colleague")
        verbose_name_plural = _("rows left to colleagues")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "target_id", "on"], name="skip_is_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"


class Decision(models.Model):
    """What somebody decided in a queue today: what they can take back, and how many they did. The trail keeps it all.

    `left` says in what state the act left the row: it is taken back only while that still is so.
    """

    queue = models.CharField(_("queue"), max_length=40)
    target_id = models.BigIntegerField(_("row"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("who"), related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    act = models.CharField(_("act"), max_length=20)
    name = models.CharField(_("what it was about"), max_length=40, help_text=_("A number or a code, never a name."))
    undo = models.CharField(_("how it is taken back"), max_length=40, blank=True)
    left = models.CharField(_("how the row was left"), max_length=64, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision in a queue")
        verbose_name_plural = _("decisions in queues")
        default_permissions = ()
        indexes = [models.Index(fields=["by", "queue", "-at"], name="decision_of_person")]

    def __str__(self) -> str:
        return f"{self.queue} {self.act} {self.name}"
