"""Who was forgotten stays forgotten: what was erased is noted beside the backups, and erased again after a restore.

A backup still holds whom somebody asked us to forget after it was made. The notes name rows by their keys in the
database, never a person: beside a backup that nobody can read they say nothing.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import timezone

from blueheart.trail.models import Entry
from donations.models import Contributor, Donor, MonthlyGiftChange, Organisation, Tribute
from donations.services import contacts
from donations.services import privacy as donors
from office.backups import keeping
from office.backups.errors import BackupError
from pledges.models import Group, Pledge
from pledges.services import privacy as supporters

ERASED = "erased.jsonl"
NOTED = "erased-noted-until"
WHY = "erased again after a restore"
OVERLAP = dt.timedelta(hours=1)  # longer than a transaction that erases: its entry carries the moment it began


class Note(NamedTuple):
    """One entry of the trail that says that a person was taken out of a row."""

    at: str
    action: str
    target_id: str


def note(folder: Path) -> int:
    """Write down what was erased since the last time; returns how much. Safe to repeat, and cheap: an index away."""
    now = timezone.now()
    known = set(read(folder / ERASED)) if (folder / ERASED).exists() else set()
    until = noted_until(folder)
    entries = Entry.objects.filter(action__in=AGAIN).order_by("at", "pk")
    if until and known:
        entries = entries.filter(at__gte=until - OVERLAP)
    new = [each for each in (_note(entry) for entry in entries) if each not in known]
    if new:
        lines = "".join(json.dumps(each._asdict()) + "\n" for each in (*sorted(known), *sorted(new)))
        keeping.write_whole(folder / ERASED, lines.encode())
    elif not (folder / ERASED).exists():
        keeping.write_whole(folder / ERASED, b"")
    keeping.write_whole(folder / NOTED, now.isoformat(timespec="seconds").encode())
    return len(new)


def noted_until(folder: Path) -> dt.datetime | None:
    """The moment up to which everything that was erased is noted."""
    try:
        return dt.datetime.fromisoformat((folder / NOTED).read_text().strip())
    except (OSError, ValueError):
        return None


def read(file: Path) -> list[Note]:
    """The notes of a file. Raises `BackupError` where it cannot be read whole."""
    try:
        return [Note(**json.loads(line)) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(
            f"{file} cannot be read: without it people who were forgotten would be back. Bring it back, too."
        ) from error


def erase_again(notes: Iterable[Note]) -> int:
    """Take the people out of the restored rows again, but for what the restored trail has; returns of how many rows.

    Safe to repeat, as long as the site is closed: a row that was made after the erasure is another one of the same key.
    Raises `ErasureHeldError` where Stripe cannot be asked to end what charges.
    """
    there = {_note(entry) for entry in Entry.objects.filter(action__in=AGAIN)}
    missing = sorted(set(notes) - there)
    return sum(AGAIN[each.action](each.target_id, dt.datetime.fromisoformat(each.at)) for each in missing)


def _note(entry: Entry) -> Note:
    return Note(entry.at.isoformat(), entry.action, entry.target_id)


def _donor(key: str, at: dt.datetime) -> bool:
    donor = Donor.objects.filter(pk=key, erased_at=None, created_at__lte=at).first()
    if donor:
        donors.erase_subject(donor, by=MonthlyGiftChange.By.STAFF, why=WHY)
    return bool(donor)


def _pledge(key: str, at: dt.datetime) -> bool:
    is_there = Pledge.objects.filter(pk=key, created_at__lte=at, canonical_email__isnull=False).exists()
    if is_there:
        supporters.erase_pledge(int(key))
    return is_there


def _group(key: str, at: dt.datetime) -> bool:
    is_there = Group.objects.filter(pk=key, created_at__lte=at).exists()
    return is_there and supporters.erase_keeper(int(key), why=WHY)


def _contact(model: type[Contributor] | type[Organisation] | type[Tribute], field: str) -> Callable[..., bool]:
    def erase(key: str, at: dt.datetime) -> bool:
        email = model._default_manager.filter(pk=key).values_list(field, flat=True).first()
        return bool(email) and contacts.erase_contacts([str(email)], why=WHY) > 0

    return erase


AGAIN: dict[str, Callable[[str, dt.datetime], Any]] = {
    "donor.erased": _donor,
    "pledge.erased": _pledge,
    "group.keeper-erased": _group,
    "contributor.contact-erased": _contact(Contributor, "contact_email"),
    "organisation.contact-erased": _contact(Organisation, "contact_email"),
    "tribute.contact-erased": _contact(Tribute, "notice_email"),
}
