"""The words of the data map: whose a field is, on what ground it is kept, and for how long."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Whose(models.TextChoices):
    """Who the person is, seen from what they do here."""

    DONOR = "donor", _("donor")
    SUPPORTER = "supporter", _("supporter")
    KEEPER = "keeper", _("keeper of a group")
    CONTACT = "contact", _("contact of a contributor or organisation")
    NAMED = "named", _("somebody whom a donor names")
    STAFF = "staff", _("staff")
    VISITOR = "visitor", _("visitor")
    PUBLIC = "public", _("somebody named in what we publish")


class Ground(models.TextChoices):
    """Why it may be kept: Article 6 (1) of the GDPR, and what comes near to it elsewhere."""

    CONSENT = "consent", _("consent, (a)")
    CONTRACT = "contract", _("what the person asked us to do, (b)")
    LAW = "law", _("what a law demands, (c)")
    INTEREST = "interest", _("our interest in safe and true books and counts, (f)")


@dataclass(frozen=True)
class Personal:
    """Fields, by name and a space between, that hold something about one person.

    How long they stay is told by `rules`, names of rules of retention, and by `stays`, a sentence; one of them at
    least. A pseudonym tells only those who hold the rest who somebody is: seeing it is no view of a person's data.
    """

    fields: str
    whose: Whose
    used_for: Promise
    ground: Ground
    rules: tuple[str, ...] = ()
    stays: Promise | str = ""
    is_pseudonym: bool = False


@dataclass(frozen=True)
class Nobody:
    """Fields that hold no person: codes, digests of secrets, words that staff write about things."""

    fields: str


Declared = tuple[Personal | Nobody, ...]
