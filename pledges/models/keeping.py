from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pledges.models.pledges import Pledge
from pledges.models.precepts import PreceptWording


class FulfilmentQuerySet(models.QuerySet["Fulfilment"]):
    def with_words_to_read(self) -> Self:
        """Answers whose words wait for a person to read them."""
        return self.filter(words_status=Pledge.Words.WAITING)

    def with_shown_words(self) -> Self:
        """Answers whose words a person has approved, of hearts that anyone may see."""
        return self.filter(words_status=Pledge.Words.APPROVED, pledge__is_counted=True, pledge__hidden_at=None)


class Fulfilment(models.Model):
    """What a supporter told us when we asked whether they kept their pledge. They can answer anew."""

    class Answer(models.TextChoices):
        DONE = "done", _("Done")
        NOT_YET = "not-yet", _("Not yet")

    pledge = models.OneToOneField(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="fulfilment")
    answer = models.CharField(_("answer"), max_length=8, choices=Answer)
    kept = models.ManyToManyField(PreceptWording, verbose_name=_("kept"), related_name="+", blank=True)
    words = models.CharField(_("words"), max_length=500, blank=True)
    words_status = models.CharField(_("words"), max_length=10, choices=Pledge.Words, default=Pledge.Words.NONE)
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)
    ask_again_on = models.DateField(_("ask once more on"), null=True, blank=True)
    asked_again_at = models.DateTimeField(_("asked once more"), null=True, blank=True)

    objects = FulfilmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer: was it kept?")
        verbose_name_plural = _("answers: was it kept?")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(words="", words_status="none") | ~Q(words="") & ~Q(words_status="none"),
                name="words_of_an_answer_wait_until_a_person_approves",
            ),
            models.CheckConstraint(
                condition=Q(ask_again_on=None) | Q(answer="not-yet"), name="only_who_has_not_yet_is_asked_once_more"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="fulfilment_words_to_read", condition=Q(words_status="waiting")),
            models.Index(fields=["-id"], name="fulfilment_words_shown", condition=Q(words_status="approved")),
            models.Index(
                fields=["ask_again_on"],
                name="fulfilment_to_ask_once_more",
                condition=Q(ask_again_on__isnull=False, asked_again_at__isnull=True),
            ),
            models.Index(fields=["answered_at"], name="fulfilment_list_answered"),
            models.Index(fields=["answer", "-id"], name="fulfilment_list_answer"),
            models.Index(
                fields=["words_status", "-id"], name="fulfilment_list_words", condition=~Q(words_status="none")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} ({self.pledge_id})"

    @property
    def public_words(self) -> str:
        """The words that a person has read and approved; empty otherwise."""
        return self.words if self.words_status == Pledge.Words.APPROVED else ""


class HeartPhotoQuerySet(models.QuerySet["HeartPhoto"]):
    def to_look_at(self) -> Self:
        """Photos that wait for a person."""
        return self.filter(status=HeartPhoto.Status.WAITING)

    def shown(self) -> Self:
        """Photos that a person has approved, of hearts that anyone may see."""
        return self.filter(status=HeartPhoto.Status.APPROVED, pledge__is_counted=True, pledge__hidden_at=None)


class HeartPhoto(models.Model):
    """A photo of the heart as it was worn: drawn anew by us, without place, camera or time, shown once a person has
    looked at it. No photo of a child is published.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting to be looked at")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    class Refusal(models.TextChoices):
        CHILD = "child", _("a child may be in it")
        PEOPLE = "people", _("people who may not have agreed")
        PLACE = "place", _("it shows where somebody lives or works")
        ABUSE = "abuse", _("insult, violence or nakedness")
        ADVERTISING = "advertising", _("advertising")
        NO_HEART = "no-heart", _("no Blue Heart in it")
        MAY_NEED_HELP = "may-need-help", _("may need help: never published")

    pledge = models.OneToOneField(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="photo")
    file = models.FileField(_("public file"), upload_to="hearts/", blank=True, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    alt = models.CharField(_("what it shows"), max_length=200, help_text=_("For those who cannot see it."))
    consent_version = models.PositiveSmallIntegerField(
        _("version of the text that was ticked"), null=True, blank=True, editable=False
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    refused_for = models.CharField(_("why refused"), max_length=20, blank=True, choices=Refusal)
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )

    objects = HeartPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo of a heart")
        verbose_name_plural = _("photos of hearts")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="refused") & ~Q(refused_for="") | ~Q(status="refused") & Q(refused_for=""),
                name="refused_photo_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="approved") & ~Q(file="") | ~Q(status="approved") & Q(file=""),
                name="only_an_approved_photo_has_a_public_file",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="heart_photo_to_look_at", condition=Q(status="waiting")),
            models.Index(fields=["-id"], name="heart_photo_shown", condition=Q(status="approved")),
            models.Index(fields=["decided_at"], name="heart_photo_refused", condition=Q(status="refused")),
            models.Index(fields=["added_at"], name="photo_list_added"),
            models.Index(fields=["refused_for", "-id"], name="photo_list_refused", condition=~Q(refused_for="")),
            models.Index(fields=["status", "-id"], name="photo_list_status"),
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id}"


class HeldPhoto(models.Model):
    """The picture itself while it is not public: in the database, where no web server finds it by guessing.

    It goes when the photo is approved, for then it has a file; and some days after it was refused.
    """

    photo = models.OneToOneField(
        HeartPhoto, models.CASCADE, verbose_name=_("photo"), related_name="held", primary_key=True
    )
    webp = models.BinaryField(_("picture"))

    class Meta:
        verbose_name = _("picture that is not public")
        verbose_name_plural = _("pictures that are not public")

    def __str__(self) -> str:
        return f"{self.photo_id}"


class AnswerTally(models.Model):
    """How many supporters of a country say that they kept their pledge, and that they have not yet; counted hourly."""

    country = models.CharField(_("country"), max_length=2, unique=True)
    done = models.BigIntegerField(_("done"), default=0)
    not_yet = models.BigIntegerField(_("not yet"), default=0)

    class Meta:
        verbose_name = _("tally of answers")
        verbose_name_plural = _("tallies of answers")

    def __str__(self) -> str:
        return f"{self.country} {self.done} {self.not_yet}"
