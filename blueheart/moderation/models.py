from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from blueheart import names


class NameWordQuerySet(models.QuerySet["NameWord"]):
    def refused_in(self, language: str) -> frozenset[str]:
        """The words that a name may not hold for somebody who reads this language."""
        return frozenset(self.filter(language__in=["", language]).values_list("word", flat=True))


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

    objects = NameWordQuerySet.as_manager()

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
