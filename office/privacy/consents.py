"""New versions of what people tick, and which version somebody ticked."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.consents.models import ConsentText
from blueheart.languages import LANGUAGES
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations.models import Donation
from office.privacy.subjects import Person
from pledges.models import HeartPhoto, Pledge

SIXTEEN, PHOTO = ConsentText.Key.SIXTEEN, ConsentText.Key.PHOTO


class ConsentError(RefusedError):
    """The text cannot be put in force as it stands."""


class Given(NamedTuple):
    """One consent of a person: beside which row, and in which words."""

    row: str
    version: int
    text: str


def next_version(key: str) -> int:
    """The number of the next draft. Drafts are one at a time: a constraint holds it."""
    newest: int | None = ConsentText.objects.filter(key=key).aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1


@transaction.atomic
def put_in_force(draft: ConsentText, *, request: HttpRequest | None = None) -> None:
    """Have the forms ask these words from now on. Raises `ConsentError` where a language misses."""
    row = ConsentText.objects.select_for_update().get(pk=draft.pk)
    if not row.is_draft:
        raise ConsentError(_("This text is in force already."))
    missing = [name for code, name in LANGUAGES if not getattr(row, build_localized_fieldname("text", code))]
    if missing:
        raise ConsentError(_("It misses in: %(languages)s.") % {"languages": ", ".join(map(str, missing))})
    row.in_force_from = timezone.now()
    row.save(update_fields=["in_force_from"])
    record("consent-text.in-force", target=row, request=request, detail={"key": row.key, "version": row.version})


def given_by(person: Person) -> list[Given]:
    """Every consent that this person gave by a tick, in the words of its version. Four queries."""
    texts = {(text.key, text.version): text.text for text in ConsentText.objects.exclude(in_force_from=None)}
    return [Given(row, version, texts.get((key, version), "")) for row, key, version in _ticked(person)]


def _ticked(person: Person) -> Iterator[tuple[str, ConsentText.Key, int]]:
    pledges = [pledge.pk for pledge in person.supporter.pledges]
    kinds = (
        (Pledge.objects.filter(pk__in=pledges), "public_id", SIXTEEN),
        (HeartPhoto.objects.filter(pledge__in=pledges), "pledge__public_id", PHOTO),
        (Donation.objects.filter(donor__in=person.donors), "public_id", SIXTEEN),
    )
    for rows, name, key in kinds:
        ticked = rows.exclude(consent_version=None).order_by("pk")
        for public_id, version in ticked.values_list(name, "consent_version"):
            yield str(public_id), key, version
