import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.tokens import DIGEST_LENGTH
from campaigns.models import Campaign
from pledges.models.precepts import PreceptWording

PUBLIC_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_ID_LENGTH = 10


def new_public_id() -> str:
    """Ten letters and digits that nobody mistakes for another; as an address they cannot be guessed."""
    return "".join(secrets.choice(PUBLIC_ID_LETTERS) for _letter in range(PUBLIC_ID_LENGTH))


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def pending(self) -> Self:
        return self.filter(status=Pledge.Status.PENDING)

    def confirmed(self) -> Self:
        return self.filter(status=Pledge.Status.CONFIRMED)

    def shown(self) -> Self:
        """Hearts that anyone may see on the wall."""
        return self.confirmed().filter(hidden_at=None)

    def with_words_to_read(self) -> Self:
        """Confirmed pledges whose words wait for a person to read them."""
        return self.confirmed().filter(words_status=Pledge.Words.WAITING)


class Pledge(models.Model):
    """A supporter's promise to keep chosen precepts and to wear the Blue Heart. It carries no money.

    One per campaign, address and name; nothing of it is public, counted or mailed on before it is confirmed.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")
        AUTHORITY = "authority", _("authority")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for confirmation")
        CONFIRMED = "confirmed", _("confirmed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Way(models.TextChoices):
        PIN = "pin", _("A pin or a ribbon")
        CLOTHING = "clothing", _("Clothing or a scarf")
        PROFILE_PICTURE = "profile-picture", _("My profile picture")
        SOCIAL_POST = "social-post", _("A post to my friends")
        WINDOW = "window", _("In my window or on my door")
        BUILDING = "building", _("A building lit in blue")
        EVENT = "event", _("At an event or in class")
        OTHER = "other", _("In a way of my own")

    class Words(models.TextChoices):
        NONE = "none", _("none")
        WAITING = "waiting", _("waiting to be read")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    class Hidden(models.TextChoices):
        NAME = "name", _("the name breaks the name rule")
        NOT_THEM = "not-them", _("somebody else’s name")
        ABUSE = "abuse", _("insult or threat")
        ADVERTISING = "advertising", _("advertising")
        CHILD = "child", _("about a child")
        MAY_NEED_HELP = "may-need-help", _("may need help: never published")
        OWN_WISH = "own-wish", _("the supporter asked for it")

    public_id = models.CharField(_("public id"), max_length=16, default=new_public_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="pledges")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PERSON)
    email = models.EmailField(_("e-mail"), blank=True)
    # Empty is NULL here: erased supporters are not each other's doubles.
    canonical_email = models.EmailField(_("e-mail, canonical"), null=True, editable=False)  # noqa: DJ001
    public_name = models.CharField(_("public name"), max_length=40, blank=True)
    name_key = models.CharField(_("name, canonical"), max_length=120, blank=True, editable=False)
    is_16_or_older = models.BooleanField(_("16 or older"), default=False)
    country = models.CharField(_("country"), max_length=2)
    precepts = models.ManyToManyField(PreceptWording, verbose_name=_("precepts"), related_name="pledges")
    way = models.CharField(_("way of wearing"), max_length=20, choices=Way)
    words = models.CharField(_("words"), max_length=280, blank=True)
    words_status = models.CharField(_("words"), max_length=10, choices=Words, default=Words.NONE)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    number = models.BigIntegerField(
        _("number"), null=True, blank=True, unique=True, help_text=_("Drawn from a sequence when confirmed; no count.")
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    asked_at = models.DateTimeField(
        _("last asked to confirm"), null=True, blank=True, help_text=_("When a mail with a link was last promised.")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    hidden_reason = models.CharField(_("why hidden"), max_length=20, blank=True, choices=Hidden)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["-pk"]
        permissions = [("moderate_pledge", "Can moderate pledges")]
        # Unique by constraint and not by field: Django would add a second index to a field, for LIKE, at every insert.
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="pledge_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["campaign", "canonical_email", "name_key"],
                name="one_pledge_per_campaign_address_and_name",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", number=None, confirmed_at=None)
                | Q(status__in=["confirmed", "withdrawn"], number__isnull=False, confirmed_at__isnull=False),
                name="pledge_has_a_number_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(public_name="", words="") | Q(is_16_or_older=True),
                name="public_name_or_words_need_16_years",
            ),
            models.CheckConstraint(
                condition=Q(words="", words_status="none") | ~Q(words="") & ~Q(words_status="none"),
                name="words_wait_until_a_person_approves",
            ),
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_reason="") | Q(hidden_at__isnull=False) & ~Q(hidden_reason=""),
                name="hidden_pledge_has_a_reason",
            ),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="pledge_country_is_an_iso_code"),
        ]
        indexes = [
            models.Index(
                fields=["-number"], name="pledge_wall", condition=Q(status="confirmed", hidden_at__isnull=True)
            ),
            models.Index(fields=["canonical_email"], name="pledge_canonical_email"),
            models.Index(fields=["created_at"], name="pledge_unconfirmed", condition=Q(status="pending")),
            models.Index(
                fields=["-number"],
                name="pledge_words_to_read",
                condition=Q(status="confirmed", words_status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("pledges:heart", args=[self.public_id])

    @property
    def is_shown(self) -> bool:
        """Whether anyone may see this heart on the wall."""
        return self.status == self.Status.CONFIRMED and self.hidden_at is None

    @property
    def public_words(self) -> str:
        """The words that a person has read and approved; empty otherwise."""
        return self.words if self.words_status == self.Words.APPROVED else ""

    def precepts_in_order(self) -> models.QuerySet[PreceptWording]:
        """What was promised, in the wording it was promised in."""
        return self.precepts.order_by("precept__order", "precept__slug")


class MailedLink(models.Model):
    """A secret link that was mailed to a supporter. Only its digest is kept, and only until it expires.

    A second mail does not break the link of the first: people open whichever they find.
    """

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", _("confirm")

    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("pledge"), related_name="links")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("mailed link")
        verbose_name_plural = _("mailed links")
        constraints = [models.UniqueConstraint(fields=["digest"], name="mailed_link_digest_is_unique")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pledge_id}"
