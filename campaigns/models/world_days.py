"""The World Day against Trafficking in Persons, 30 July: an edition a year, and what happens on it."""

import datetime as dt
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from blueheart.days import utc_today
from campaigns.models.content import (
    Content,
    ContentQuerySet,
    Reported,
    Sourced,
    SourcedQuerySet,
    country_code_or_none,
    is_iso2,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)

FIRST_YEAR = 2014  # General Assembly resolution A/RES/68/192 set the day in December 2013


def is_time_zone(name: str) -> None:
    """Accepts names of the IANA database, like `Europe/Vienna`."""
    if name not in available_timezones():
        raise ValidationError(_("Use a name of the IANA list, for example Europe/Vienna."))


def world_day(year: int) -> dt.date:
    """The World Day of a year."""
    return dt.date(year, 7, 30)


def edition_year(day: dt.date) -> int:
    """The year of the edition that a day belongs to: each runs from 1 September to 31 August."""
    return day.year + (day.month >= 9)


def next_world_day(day: dt.date) -> dt.date:
    """The first World Day that is not before the day."""
    this_year = world_day(day.year)
    return this_year if day <= this_year else world_day(day.year + 1)


class WorldDayEditionQuerySet(SourcedQuerySet["WorldDayEdition"]):
    def for_their_pages(self) -> Self:
        return self.with_source().select_related("campaign", "picture")


class WorldDayEdition(Sourced):
    """One year's World Day; its theme stays empty until a source states it."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    theme = models.CharField(_("theme"), max_length=200, blank=True, help_text=_("As published; empty if unknown."))
    hashtag = models.CharField(_("hashtag"), max_length=60, blank=True, help_text=_("With its #."))
    summary = models.TextField(_("summary"), blank=True, help_text=_("One or two sentences, shown in lists."))
    story = models.TextField(_("story"), blank=True, help_text=_("Markdown."))
    campaign = models.ForeignKey(
        "Campaign", models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="editions",
        help_text=_("What pledges and gifts of this edition are for."),
    )  # fmt: skip
    picture = models.ForeignKey("Picture", models.PROTECT, verbose_name=_("picture"), null=True, blank=True)
    resources: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Resource", verbose_name=_("resources"), blank=True, related_name="editions"
    )

    objects = WorldDayEditionQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("World Day edition")
        verbose_name_plural = _("World Day editions")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="edition_is_not_before_the_first_world_day",
                condition=Q(year__gte=FIRST_YEAR, year__lte=2100),
                violation_error_message=_("The first World Day was in 2014."),
            ),
            models.CheckConstraint(
                name="edition_hashtag_begins_with_its_sign",
                condition=Q(hashtag="") | Q(hashtag__startswith="#"),
                violation_error_message=_("Begin the hashtag with #."),
            ),
            secondary_names_its_reporter("edition_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.theme}" if self.theme else str(self.year)

    def get_absolute_url(self) -> str:
        return reverse("campaigns:world_day_edition", args=[self.year])

    @property
    def day(self) -> dt.date:
        return world_day(self.year)

    @property
    def is_over(self) -> bool:
        """Whether its time has passed; it then stays as it was."""
        return self.year < edition_year(utc_today())


class EventQuerySet(ContentQuerySet["Event"]):
    def in_order(self) -> Self:
        return self.order_by("starts_on", "start_time", "slug")

    def with_source(self) -> Self:
        """With the source that a source line prints, and the one that it was read in."""
        return self.select_related("source__read_in")


class Event(Reported, Content):
    """Something people can go to or see: a meeting, a walk, a building lit in blue; by its local clock."""

    class Kind(models.TextChoices):
        EVENT = "event", _("event")
        LIGHTING = "lighting", _("landmark lit in blue")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.EVENT)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown."))
    edition = models.ForeignKey(
        WorldDayEdition, models.PROTECT, verbose_name=_("World Day edition"), null=True, blank=True,
        related_name="events",
    )  # fmt: skip
    campaign = models.ForeignKey(
        "Campaign", models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="events"
    )
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])
    place = models.CharField(_("place"), max_length=200, help_text=_("A public place; “online” if it is nowhere."))
    starts_on = models.DateField(_("first day"))
    start_time = models.TimeField(_("begins at"), null=True, blank=True, help_text=_("Empty: the whole day."))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    end_time = models.TimeField(_("ends at"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="UTC", validators=[is_time_zone], help_text=_("Of the place.")
    )
    organiser = models.CharField(_("organiser"), max_length=200)
    url = models.URLField(_("page"), max_length=500, blank=True)
    is_cancelled = models.BooleanField(_("cancelled"), default=False)
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)
    source = models.ForeignKey(
        "Source", models.PROTECT, verbose_name=_("source"), null=True, blank=True, related_name="+"
    )

    objects = EventQuerySet.as_manager()

    class Meta(Content.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["starts_on", "start_time", "slug"]
        indexes = [models.Index(fields=["edition", "starts_on"], name="event_by_edition")]
        constraints = [
            slug_is_kebab_case("event_slug_is_kebab_case"),
            country_code_or_none("event_country_is_two_capital_letters"),
            models.CheckConstraint(
                name="event_does_not_end_before_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The event ends before it begins."),
            ),
            models.CheckConstraint(
                name="event_that_ends_at_a_time_begins_at_one",
                condition=Q(end_time__isnull=True) | Q(start_time__isnull=False),
                violation_error_message=_("Say when it begins, too."),
            ),
            models.CheckConstraint(
                name="event_of_one_day_does_not_end_before_its_hour",
                condition=Q(end_time__isnull=True)
                | Q(ends_on__isnull=False, ends_on__gt=F("starts_on"))
                | Q(end_time__gte=F("start_time")),
                violation_error_message=_("The event ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and count the change: calendars that hold the event take over what has a higher number (RFC 5545)."""
        if not self._state.adding:
            others = type(self)._base_manager.select_for_update().filter(pk=self.pk)
            self.revision = (others.values_list("revision", flat=True).first() or 0) + 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "revision"}
        super().save(*args, **kwargs)

    @property
    def last_day(self) -> dt.date:
        return self.ends_on or self.starts_on

    @property
    def begins_at(self) -> dt.datetime | None:
        """The moment it begins, by its own clock; None where it lasts the whole day."""
        return self._moment(self.starts_on, self.start_time)

    @property
    def ends_at(self) -> dt.datetime | None:
        """The moment it ends, by its own clock; None where that is not known."""
        return self._moment(self.last_day, self.end_time)

    def _moment(self, day: dt.date, time: dt.time | None) -> dt.datetime | None:
        return dt.datetime.combine(day, time, ZoneInfo(self.time_zone)) if time else None
