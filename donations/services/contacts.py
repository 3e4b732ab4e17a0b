"""People whose address stands in a row of somebody else: who speaks for a contributor or an organisation, who is told
of a gift.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Upper
from django.http import HttpRequest

from blueheart import mail_addresses
from blueheart.personal_data import Part, part_of
from blueheart.trail.models import Entry
from blueheart.trail.record import record
from donations.models import Contributor, Organisation, Tribute
from donations.services.subject_data import LEFT_OUT

NOBODY = {"contact_name": "", "contact_email": ""}
NO_NOTICE = {"notice_email": "", "notice_name": "", "notice_from": "", "notice_on": None}
# Of a gift made in somebody's honour, only what its mail told them.
TOLD = frozenset({"honoured_name", "noticed_at", "kind"})
OF_BODIES = LEFT_OUT | {"note"}


@dataclass(frozen=True)
class Contacts:
    """The rows that hold one address."""

    contributors: list[Contributor]
    organisations: list[Organisation]
    tributes: list[Tribute]

    @property
    def rows(self) -> list[Model]:
        return [*self.contributors, *self.organisations, *self.tributes]


def find_contacts(emails: Iterable[str]) -> Contacts:
    """What holds one of these addresses; upper and lower case are one, and nobody has the empty one."""
    plain = {mail_addresses.normalise(email) for email in emails if email}
    spelled = {spelling.upper() for email in plain for spelling in (email, mail_addresses.readable(email))}
    contributors = Contributor.objects.annotate(spelled=Upper("contact_email")).filter(spelled__in=spelled)
    organisations = Organisation.objects.annotate(spelled=Upper("contact_email")).filter(spelled__in=spelled)
    tributes = Tribute.objects.exclude(notice_email="").annotate(spelled=Upper("notice_email"))
    return Contacts(
        list(contributors.order_by("pk")),
        list(organisations.order_by("pk")),
        list(tributes.filter(spelled__in=spelled).select_related("donation").order_by("pk")),
    )


def contact_parts(contacts: Contacts) -> list[Part]:
    """What the person is told of these rows: of a gift only the mail about it, for the giver is somebody else."""
    bodies = [("contact_of_contributors", row) for row in contacts.contributors]
    bodies += [("contact_of_organisations", row) for row in contacts.organisations]  # type: ignore[misc]
    return [
        *(part_of(name, row, left_out=OF_BODIES) for name, row in bodies),
        *(part_of("told_of_gifts", row, left_out=LEFT_OUT | TOLD) for row in contacts.tributes),
        *(part_of("acts_on_contacts", entry, left_out=LEFT_OUT) for entry in _acts(contacts)),
    ]


@transaction.atomic
def erase_contacts(emails: Iterable[str], *, why: str = "", request: HttpRequest | None = None) -> int:
    """Forget the person in rows that are not theirs; returns in how many. Safe to call twice.

    The contributor, the organisation and the gift stay. A mail about a gift that was still to be sent is not sent.
    """
    found = find_contacts(emails)
    for model, rows, without in (
        (Contributor, found.contributors, NOBODY),
        (Organisation, found.organisations, NOBODY),
        (Tribute, found.tributes, NO_NOTICE),
    ):
        model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**without)
    for row in found.rows:
        record(f"{row._meta.model_name}.contact-erased", target=row, request=request, why=why)
    return len(found.rows)


def _acts(contacts: Contacts) -> list[Entry]:
    """What the trail says of who speaks for whom; acts on a gift belong to its giver."""
    entries: list[Entry] = []
    for model, rows in ((Contributor, contacts.contributors), (Organisation, contacts.organisations)):
        keys = [str(row.pk) for row in rows]
        entries += Entry.objects.filter(target_type=model._meta.label_lower, target_id__in=keys) if keys else []
    return sorted(entries, key=lambda entry: entry.pk)
