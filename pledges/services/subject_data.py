"""Everything that is stored about one supporter, for the supporter."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, Prefetch, Q

from blueheart import mail_addresses
from blueheart.personal_data import Json, Part, as_json, part_of
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from pledges import mailboxes
from pledges.models import Fulfilment, Group, HeartPhoto, HeartReport, Pledge, PledgingBody
from pledges.services import quiet

__all__ = ["Subject", "as_json", "export_subject", "find_subject", "subject_parts"]

# Secrets and digests, who of the staff did it, the rows' own keys, what we compare by, and where a job stands.
LEFT_OUT = frozenset(
    {
        "actor", "address", "cause", "decided_by", "digest", "erased_at", "file", "form_digest", "id", "leased_until",
        "name_key", "next_attempt_at", "pledge", "seal", "shelved_at", "subject_id", "target_id", "target_type",
        "tries",
    }
)  # fmt: skip
# What tells somebody who made pledges by the hundred how far they came. A supporter's own page leaves it out.
SUSPICION = frozenset({"is_counted", "standing", "suspected_at", "suspected_for"})
ACTS_OF_SUSPICION = ("pledge.suspected", "pledge.released", "pledge.invalid")


@dataclass(frozen=True)
class Subject:
    """A mailbox, and what still names it: pledges, and groups that it keeps."""

    email: str
    canonical_email: str
    pledges: list[Pledge]
    groups: list[Group]

    @property
    def is_known(self) -> bool:
        return bool(self.pledges or self.groups)


def find_subject(email: str) -> Subject:
    """What is kept of this mailbox, in whichever of its spellings."""
    canonical = mailboxes.canonical(email)
    pledges = Pledge.objects.of_address(canonical).select_related("campaign", "group", "body").order_by("pk")
    spellings = {
        canonical,
        mail_addresses.canonical(email),
        *(mail_addresses.canonical(pledge.email) for pledge in pledges),
    }
    groups = Group.objects.filter(keeper_email__in=spellings - {""}).select_related("campaign").order_by("pk")
    return Subject(mail_addresses.normalise(email), canonical, list(pledges), list(groups))


def export_subject(email: str) -> Json:
    """All of it as plain data; empty for somebody whom we do not know."""
    subject = find_subject(email)
    return as_json(subject_parts(subject)) if subject.is_known else {}


def subject_parts(subject: Subject, *, is_own_page: bool = False) -> list[Part]:
    """The rows, for reading in the page's language. The number of queries is the same for any number of pledges."""
    left_out = LEFT_OUT | SUSPICION if is_own_page else LEFT_OUT
    acts = _acts(subject)
    if is_own_page:
        acts = [entry for entry in acts if not entry.action.startswith(ACTS_OF_SUSPICION)]
    return [
        *(_pledge(pledge, left_out) for pledge in _pledges(subject)),
        *(
            part_of("groups", group, left_out=LEFT_OUT, parts=_parts("links", group.links.all()))
            for group in Group.objects.filter(pk__in=[group.pk for group in subject.groups])
            .select_related("campaign")
            .prefetch_related("links")
            .order_by("pk")
        ),
        *_parts("left_alone", quiet.of_address(subject.email)),
        *_parts("mails", _mails(subject)),
        *_parts("acts", acts),
    ]


def _pledges(subject: Subject) -> Iterable[Pledge]:
    answers = Fulfilment.objects.prefetch_related("kept__precept")
    return (
        Pledge.objects.filter(pk__in=[pledge.pk for pledge in subject.pledges])
        .select_related("campaign", "group", "body")
        .prefetch_related(
            "precepts__precept", "links", "codes", "reports", Prefetch("fulfilment", answers), Prefetch("photo"),
        )
        .order_by("pk")
    )  # fmt: skip


def _pledge(pledge: Pledge, left_out: frozenset[str]) -> Part:
    parts = _parts("precepts", pledge.precepts.all())
    body: PledgingBody | None = getattr(pledge, "body", None)
    parts += _parts("body", [body] if body else [])
    answer: Fulfilment | None = getattr(pledge, "fulfilment", None)
    if answer:
        parts.append(part_of("kept", answer, left_out=LEFT_OUT, parts=_parts("precepts", answer.kept.all())))
    photo: HeartPhoto | None = getattr(pledge, "photo", None)
    parts += _parts("photo", [photo] if photo else [])
    reports: Iterable[HeartReport] = pledge.reports.all()
    # A visitor's own words may say who the visitor is.
    parts += [part_of("reports", report, left_out=LEFT_OUT | {"words"}) for report in reports]
    parts += [*_parts("links", pledge.links.all()), *_parts("codes", pledge.codes.all())]
    return part_of("pledges", pledge, left_out=left_out, parts=parts)


def _parts(name: str, rows: Iterable[Model]) -> list[Part]:
    return [part_of(name, row, left_out=LEFT_OUT) for row in rows]


def _mails(subject: Subject) -> Iterable[Message]:
    """Those about the pledges and groups: the subject of a mail stands before the hyphen of its kind."""
    of_pledges = Q(kind__startswith="pledge-", subject_id__in=[pledge.pk for pledge in subject.pledges])
    of_groups = Q(kind__startswith="group-", subject_id__in=[group.pk for group in subject.groups])
    return Message.objects.filter(of_pledges | of_groups).order_by("pk")


def _acts(subject: Subject) -> list[Entry]:
    """What the trail says was done with them."""
    of_pledges = Q(target_type=Pledge._meta.label_lower, target_id__in=[str(row.pk) for row in subject.pledges])
    of_groups = Q(target_type=Group._meta.label_lower, target_id__in=[str(row.pk) for row in subject.groups])
    return list(Entry.objects.filter(of_pledges | of_groups).order_by("pk"))
