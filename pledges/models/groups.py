import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.visits.links import SecretLink
from campaigns.models import Campaign
from campaigns.models.campaigns import RESERVED_SLUGS

CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8


def new_code() -> str:
    """Eight letters and digits that nobody mistakes for another, to be read aloud and typed from a poster."""
    return "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH))


class GroupQuerySet(models.QuerySet["Group"]):
    def shown(self) -> Self:
        """Groups that staff have approved: those that have ended still show what they reached."""
        return self.filter(status__in=[Group.Status.APPROVED, Group.Status.CLOSED])

    def open(self) -> Self:
        """Groups that one can join today."""
        return self.filter(status=Group.Status.APPROVED)

    def waiting(self) -> Self:
        return self.filter(status=Group.Status.WAITING)

    def to_decide(self) -> Self:
        """Groups that wait for staff: their keeper's address is confirmed."""
        return self.waiting().filter(keeper_confirmed_at__isnull=False)

    def with_words_to_read(self) -> Self:
        """Groups in public whose keeper wrote something new about them."""
        return self.exclude(about_to_read="")


class Group(models.Model):
    """People who wear the heart together: a school, a company, a town. Staff approve it before anyone sees it.

    A group of pupils never holds a name, an address or a photo: its hearts are hearts on paper, all of them.
    """

    class Kind(models.TextChoices):
        SCHOOL = "school", _("School or university")
        COMPANY = "company", _("Company")
        TOWN = "town", _("Town or region")
        ASSOCIATION = "association", _("Association")
        OTHER = "other", _("Another group")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        CLOSED = "closed", _("closed")

    code = models.CharField(_("code"), max_length=20, default=new_code, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="pledge_groups")
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    is_of_pupils = models.BooleanField(
        _("of pupils"), default=False, help_text=_("No name, no address and no photo of a member is ever taken.")
    )
    country = models.CharField(_("country"), max_length=2)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    target = models.PositiveIntegerField(_("target"), help_text=_("How many hearts the group hopes for."))
    about = models.CharField(_("about the group"), max_length=280, blank=True)
    about_to_read = models.CharField(
        _("new words about the group"), max_length=280, blank=True, help_text=_("Shown once staff have read them.")
    )
    keeper_name = models.CharField(_("name of the keeper"), max_length=100, blank=True)
    keeper_email = models.EmailField(_("address of the keeper"), blank=True)
    keeper_confirmed_at = models.DateTimeField(_("address confirmed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    refused_for = models.CharField(_("why refused"), max_length=200, blank=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["-pk"]
        permissions = [("decide_group", "Can approve and refuse groups")]
        constraints = [
            models.CheckConstraint(condition=~Q(code__in=RESERVED_SLUGS), name="group_code_is_not_a_word_of_the_paths"),
            models.CheckConstraint(condition=Q(target__gt=0), name="group_target_is_positive"),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="group_country_is_an_iso_code"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None) | ~Q(status="waiting") & Q(decided_at__isnull=False),
                name="group_is_decided_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status="refused") & ~Q(refused_for="") | ~Q(status="refused") & Q(refused_for=""),
                name="refused_group_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                name="group_to_decide",
                condition=Q(status="waiting", keeper_confirmed_at__isnull=False),
            ),
            models.Index(fields=["keeper_email"], name="group_keeper"),
            models.Index(fields=["-id"], name="group_words_to_read", condition=~Q(about_to_read="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pledges:group", args=[self.code])

    @property
    def is_open(self) -> bool:
        """Whether one can join it today."""
        return self.status == self.Status.APPROVED


class KeeperLink(SecretLink):
    """A secret link mailed to the keeper of a group; once opened, the visit that it began."""

    group = models.ForeignKey(Group, models.CASCADE, verbose_name=_("group"), related_name="links")

    class Meta(SecretLink.Meta):
        verbose_name = _("link of a keeper")
        verbose_name_plural = _("links of keepers")
        constraints = [models.UniqueConstraint(fields=["digest"], name="keeper_link_digest_is_unique")]

    def __str__(self) -> str:
        return f"{self.group_id}"


class PaperSheet(models.Model):
    """Hearts that a group collected on paper, counted in at one go; each line was a person, and no name is kept.

    They are a figure of their own, outside the confirmed total. A trigger has the tallies follow.
    """

    class Way(models.TextChoices):
        TYPED = "typed", _("typed in")
        FILE = "file", _("uploaded as a file")
        JOINED = "joined", _("joined with the code, as pupils do")

    group = models.ForeignKey(Group, models.PROTECT, verbose_name=_("group"), related_name="sheets")
    hearts = models.PositiveIntegerField(_("hearts"))
    way = models.CharField(_("how"), max_length=8, choices=Way)
    form_token = models.UUIDField(
        _("sent form"), null=True, blank=True, unique=True, editable=False, help_text=_("The same form counts once.")
    )
    added_at = models.DateTimeField(_("counted in"), default=timezone.now)
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("sheet of hearts on paper")
        verbose_name_plural = _("sheets of hearts on paper")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(hearts__gt=0), name="paper_sheet_has_hearts")]

    def __str__(self) -> str:
        return f"{self.group} {self.hearts}"
