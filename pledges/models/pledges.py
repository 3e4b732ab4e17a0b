import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from pledges.models.groups import Group
from pledges.models.precepts import PreceptOffer, PreceptWording

PUBLIC_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_ID_LENGTH = 10
LONGEST_NAME = 100  # of an organisation or authority; people's names are shorter (`blueheart.names`)
# What the tallies count, and what anyone may see. The trigger and the indexes know it by the column `is_counted`.
COUNTED = Q(status="confirmed", standing="good", verification__in=["not-needed", "verified"])
SHOWN = Q(is_counted=True, hidden_at__isnull=True)
MAIL_DOMAIN = Func(F("canonical_email"), Value("@"), Value(-1), function="split_part", output_field=models.TextField())


def new_public_id() -> str:
    """Ten letters and digits that nobody mistakes for another; as an address they cannot be guessed."""
    return "".join(secrets.choice(PUBLIC_ID_LETTERS) for _letter in range(PUBLIC_ID_LENGTH))


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def pending(self) -> Self:
        return self.filter(status=Pledge.Status.PENDING)

    def confirmed(self) -> Self:
        return self.filter(status=Pledge.Status.CONFIRMED)

    def counted(self) -> Self:
        """Hearts that the tallies count."""
        return self.filter(is_counted=True)

    def shown(self) -> Self:
        """Hearts that anyone may see on the wall."""
        return self.filter(SHOWN)

    def in_force(self) -> Self:
        """Pledges that were not taken back: those of which a mailbox has one under each name."""
        return self.exclude(status=Pledge.Status.WITHDRAWN)

    def with_own_page(self) -> Self:
        """Hearts whose page answers to whoever has its address: suspected ones too, whose supporters learn nothing."""
        return (
            self.confirmed()
            .filter(hidden_at=None)
            .exclude(standing=Pledge.Standing.INVALID)
            .filter(verification__in=[Pledge.Verification.NOT_NEEDED, Pledge.Verification.VERIFIED])
        )

    def with_words_to_read(self) -> Self:
        """Confirmed pledges whose words wait for a person to read them."""
        return self.confirmed().filter(words_status=Pledge.Words.WAITING)

    def to_verify(self) -> Self:
        """Organisations and authorities that confirmed and wait for staff."""
        return self.confirmed().filter(verification=Pledge.Verification.WAITING)

    def suspected(self) -> Self:
        """Pledges that are not counted while nobody knows whether people made them."""
        return self.filter(standing=Pledge.Standing.SUSPECTED)

    def may_need_help(self) -> Self:
        """Pledges whose supporter may need help, and whom nobody has answered with the helpline yet."""
        return self.filter(hidden_reason=Pledge.Hidden.MAY_NEED_HELP, help_answered_at=None)

    def of_address(self, canonical_email: str) -> Self:
        """All pledges of one mailbox, those that were withdrawn too."""
        return self.filter(canonical_email=canonical_email)


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

    class Standing(models.TextChoices):
        GOOD = "good", _("good")
        SUSPECTED = "suspected", _("suspected: not counted until somebody has looked")
        INVALID = "invalid", _("invalid: not counted and not shown")

    class Verification(models.TextChoices):
        NOT_NEEDED = "not-needed", _("not needed")
        WAITING = "waiting", _("waits for staff")
        VERIFIED = "verified", _("verified")
        REFUSED = "refused", _("refused")

    class Suspicion(models.TextChoices):
        BURST = "burst", _("many from one network in some minutes")
        SUSTAINED = "sustained", _("many from one network in a day")
        ONE_MAILBOX = "one-mailbox", _("many for one mailbox")
        WHOLE_SITE = "whole-site", _("many on the whole site at once")
        BLOCKED = "blocked", _("a source that staff block")
        BY_STAFF = "by-staff", _("staff suspect it")

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
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="pledges", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PERSON)
    group = models.ForeignKey(
        Group, models.PROTECT, verbose_name=_("group"), null=True, blank=True, related_name="pledges", db_index=False
    )
    email = models.EmailField(_("e-mail"), blank=True)
    # Empty is NULL here: erased supporters are not each other's doubles.
    canonical_email = models.EmailField(_("e-mail, canonical"), null=True, editable=False)  # noqa: DJ001
    public_name = models.CharField(_("public name"), max_length=LONGEST_NAME, blank=True)
    name_key = models.CharField(_("name, canonical"), max_length=3 * LONGEST_NAME, blank=True, editable=False)
    is_16_or_older = models.BooleanField(_("16 or older"), default=False)
    consent_version = models.PositiveSmallIntegerField(
        _("version of the text that was ticked"), null=True, blank=True, editable=False
    )
    country = models.CharField(_("country"), max_length=2)
    precepts = models.ManyToManyField(PreceptWording, verbose_name=_("precepts"), related_name="pledges")
    way = models.CharField(_("way of wearing"), max_length=20, choices=Way)
    words = models.CharField(_("words"), max_length=280, blank=True)
    words_status = models.CharField(_("words"), max_length=10, choices=Words, default=Words.NONE)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.GOOD)
    verification = models.CharField(
        _("verification"), max_length=10, choices=Verification, default=Verification.NOT_NEEDED
    )
    is_counted = models.GeneratedField(
        expression=ExpressionWrapper(COUNTED, output_field=models.BooleanField()),
        output_field=models.BooleanField(_("counted")),
        db_persist=True,
    )
    number = models.BigIntegerField(
        _("number"), null=True, blank=True, unique=True, help_text=_("Drawn from a sequence when confirmed; no count.")
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    source_ip = models.GenericIPAddressField(
        _("made from"), null=True, blank=True, help_text=_("Forgotten after 30 days.")
    )
    asked_at = models.DateTimeField(
        _("last asked to confirm"), null=True, blank=True, help_text=_("When a mail with a link was last promised.")
    )
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    erased_at = models.DateTimeField(
        _("without the person since"), null=True, blank=True, help_text=_("Erased on request, or after its time.")
    )
    suspected_at = models.DateTimeField(_("suspected"), null=True, blank=True)
    suspected_for = models.CharField(_("why suspected"), max_length=12, blank=True, choices=Suspicion)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    hidden_reason = models.CharField(_("why hidden"), max_length=20, blank=True, choices=Hidden)
    help_answered_at = models.DateTimeField(_("answered with the helpline"), null=True, blank=True)
    featured_at = models.DateTimeField(_("featured"), null=True, blank=True, help_text=_("Shown above the wall."))
    kept_asked_at = models.DateTimeField(_("asked whether it was kept"), null=True, blank=True)
    fulfilled_at = models.DateTimeField(_("kept, as they say"), null=True, blank=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["-pk"]
        permissions = [
            ("moderate_pledge", "Can moderate pledges"),
            ("verify_pledge", "Can verify organisations and authorities"),
            ("feature_pledge", "Can feature hearts above the wall"),
            ("release_pledge", "Can suspect pledges and release suspected ones"),
            ("answer_for_help", "Can answer supporters who may need help"),
        ]
        # Unique by constraint and not by field: Django would add a second index to a field, for LIKE, at every insert.
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="pledge_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["campaign", "canonical_email", "name_key"],
                condition=~Q(status="withdrawn"),
                name="one_pledge_per_campaign_address_and_name",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", number=None, confirmed_at=None)
                | Q(status__in=["confirmed", "withdrawn"], number__isnull=False, confirmed_at__isnull=False),
                name="pledge_has_a_number_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(public_name="", words="") | Q(is_16_or_older=True) | ~Q(kind="person"),
                name="public_name_or_words_need_16_years",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | ~Q(status="withdrawn") & Q(withdrawn_at=None),
                name="pledge_is_withdrawn_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="person", verification="not-needed")
                | ~Q(kind="person") & ~Q(verification="not-needed"),
                name="who_is_no_person_is_verified",
            ),
            models.CheckConstraint(
                condition=Q(standing="suspected", suspected_at__isnull=False) & ~Q(suspected_for="")
                | ~Q(standing="suspected"),
                name="suspected_pledge_has_a_day_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(email="", canonical_email=None, public_name="", name_key="", words="", source_ip=None),
                name="erased_pledge_names_nobody",
            ),
            models.CheckConstraint(
                condition=Q(featured_at=None) | Q(status="confirmed", hidden_at=None, standing="good"),
                name="featured_heart_is_shown",
            ),
            models.CheckConstraint(
                condition=Q(help_answered_at=None) | Q(hidden_reason="may-need-help"),
                name="help_is_answered_where_it_may_be_needed",
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
            models.Index(fields=["-number"], name="pledge_wall", condition=SHOWN),
            # In one direction, so that what lies between two rows can be read from them: `pledges.wall` says why.
            models.Index(fields=["country", "number"], name="pledge_wall_country", condition=SHOWN),
            models.Index(fields=["campaign", "number"], name="pledge_wall_campaign", condition=SHOWN),
            models.Index(
                fields=["country", "campaign", "number"], name="pledge_wall_country_campaign", condition=SHOWN
            ),
            models.Index(fields=["kind", "number"], name="pledge_wall_bodies", condition=SHOWN & ~Q(kind="person")),
            models.Index(
                fields=["kind", "country", "number"],
                name="pledge_wall_bodies_country",
                condition=SHOWN & ~Q(kind="person"),
            ),
            models.Index(
                fields=["kind", "campaign", "number"],
                name="pledge_wall_bodies_campaign",
                condition=SHOWN & ~Q(kind="person"),
            ),
            models.Index(fields=["group", "-number"], name="pledge_wall_group", condition=Q(group__isnull=False)),
            models.Index(fields=["-featured_at"], name="pledge_featured", condition=Q(featured_at__isnull=False)),
            models.Index(fields=["canonical_email"], name="pledge_canonical_email"),
            # Whole, not partial: only of whole indexes does the planner read how often each domain occurs.
            models.Index(MAIL_DOMAIN, name="pledge_mail_domain"),
            models.Index(
                fields=["name_key"], name="pledge_name", opclasses=["varchar_pattern_ops"], condition=~Q(name_key="")
            ),
            models.Index(fields=["created_at"], name="pledge_created_at"),
            models.Index(fields=["created_at"], name="pledge_unconfirmed", condition=Q(status="pending")),
            models.Index(fields=["confirmed_at"], name="pledge_confirmed_at"),
            models.Index(
                fields=["confirmed_at"],
                name="pledge_to_ask_whether_kept",
                condition=Q(is_counted=True, kept_asked_at__isnull=True),
            ),
            models.Index(fields=["fulfilled_at"], name="pledge_fulfilled", condition=Q(fulfilled_at__isnull=False)),
            models.Index(fields=["source_ip"], name="pledge_source", condition=Q(source_ip__isnull=False)),
            models.Index(fields=["suspected_at"], name="pledge_suspected", condition=Q(standing="suspected")),
            models.Index(fields=["suspected_at"], name="pledge_suspected_at", condition=Q(suspected_at__isnull=False)),
            models.Index(
                fields=["-id"], name="pledge_to_verify", condition=Q(status="confirmed", verification="waiting")
            ),
            models.Index(
                fields=["-id"],
                name="pledge_may_need_help",
                condition=Q(hidden_reason="may-need-help", help_answered_at__isnull=True),
            ),
            models.Index(
                fields=["-number"],
                name="pledge_words_to_read",
                condition=Q(status="confirmed", words_status="waiting"),
            ),
            models.Index(fields=["status", "-id"], name="pledge_list_status", condition=~Q(status="confirmed")),
            models.Index(fields=["standing", "-id"], name="pledge_list_standing", condition=~Q(standing="good")),
            models.Index(
                fields=["verification", "-id"], name="pledge_list_verification", condition=~Q(verification="not-needed")
            ),
            models.Index(fields=["words_status", "-id"], name="pledge_list_words", condition=~Q(words_status="none")),
            models.Index(fields=["hidden_reason", "-id"], name="pledge_list_hidden", condition=~Q(hidden_reason="")),
            models.Index(fields=["kind", "-id"], name="pledge_list_kind", condition=~Q(kind="person")),
            models.Index(fields=["-id"], name="pledge_list_fulfilled", condition=Q(fulfilled_at__isnull=False)),
            models.Index(fields=["-id"], name="pledge_list_answered", condition=Q(help_answered_at__isnull=False)),
            models.Index(fields=["-id"], name="pledge_list_featured", condition=Q(featured_at__isnull=False)),
            models.Index(fields=["language", "-id"], name="pledge_list_language"),
            models.Index(fields=["campaign", "-id"], name="pledge_list_campaign"),
            models.Index(
                fields=["suspected_for", "suspected_at"],
                name="pledge_list_suspected_for",
                condition=Q(standing="suspected"),
            ),
            models.Index(
                fields=["status", "suspected_at"],
                name="pledge_list_suspected_status",
                condition=Q(standing="suspected"),
            ),
            models.Index(
                fields=["campaign", "suspected_at"],
                name="pledge_list_suspected_campaign",
                condition=Q(standing="suspected"),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("pledges:heart", args=[self.public_id])

    @property
    def has_own_page(self) -> bool:
        """Whether its page answers to whoever has the address: for a suspected heart, too."""
        return (
            self.status == self.Status.CONFIRMED
            and self.standing != self.Standing.INVALID
            and self.verification in (self.Verification.NOT_NEEDED, self.Verification.VERIFIED)
            and self.hidden_at is None
        )

    @property
    def is_shown(self) -> bool:
        """Whether anyone may see this heart on the wall."""
        return self.has_own_page and self.standing == self.Standing.GOOD

    @property
    def public_words(self) -> str:
        """The words that a person has read and approved; empty otherwise."""
        return self.words if self.words_status == self.Words.APPROVED else ""

    def precepts_in_order(self) -> models.QuerySet[PreceptWording]:
        """What was promised, in the wording it was promised in."""
        offer = PreceptOffer.objects.filter(precept=OuterRef("precept"), campaign__slug=Campaign.GLOBAL_SLUG)
        return self.precepts.order_by(Subquery(offer.values("order")), "precept__slug")
