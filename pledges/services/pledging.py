"""Making a pledge."""

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from blueheart import mail_addresses, names
from blueheart.limits.counting import PACED
from blueheart.post import outbox
from blueheart.postgresql.trips import Statement, read, send, values_of
from blueheart.site_settings.reading import current
from campaigns.models import Campaign
from pledges import limits, mailboxes
from pledges.models import Group, Pledge, PreceptWording
from pledges.services import codes, confirming
from pledges.site_settings import HOUSEHOLD_NAMES

# The columns that a form fills, in the order of the function `pledges_write_down`.
WRITTEN = (
    "id", "public_id", "campaign_id", "canonical_email", "created_at",
    "kind", "group_id", "email", "public_name", "name_key", "is_16_or_older", "consent_version", "country", "way",
    "words", "words_status", "language", "standing", "verification", "source_ip", "asked_at", "suspected_at",
    "suspected_for",
)  # fmt: skip

# A number of the sequence is lost where the pledge is there: that is all it costs.
LOOK_UP = f"""
SELECT new_id, may_mail, pledge, precepts, tries, expires_at, digest FROM pledges_open_mailbox(%s, %s, {PACED})
"""  # noqa: S608  places for values
WRITE = f"SELECT pledges_write_down({', '.join(['%s'] * len(WRITTEN))}, %s, %s::bigint[], %s)"
ADD_BODY = """
INSERT INTO pledges_pledgingbody (pledge_id, form, people, link, contact_name, contact_role, refused_for, asked_for)
SELECT id, %s, %s, %s, %s, %s, '', '' FROM pledges_pledge WHERE id = %s
ON CONFLICT (pledge_id) DO UPDATE SET form = excluded.form, people = excluded.people, link = excluded.link,
    contact_name = excluded.contact_name, contact_role = excluded.contact_role
"""


@dataclass(frozen=True, kw_only=True)
class Body:
    """What an organisation or an authority says of itself; the form is one of `PledgingBody.Form`."""

    form: str
    people: int | None = None
    link: str = ""
    contact_name: str = ""
    contact_role: str = ""

    @property
    def fields(self) -> tuple[object, ...]:
        """In the order of `confirming.BODY_FIELDS`."""
        return str(self.form), self.people, self.link, self.contact_name, self.contact_role


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a supporter fills in about themselves and what they will do; a `body` where they are no person."""

    country: str
    precepts: Sequence[PreceptWording]
    way: str
    public_name: str = ""
    words: str = ""
    is_16_or_older: bool = False
    consent_version: int | None = None
    kind: str = Pledge.Kind.PERSON
    body: Body | None = None


@dataclass(frozen=True)
class _Mailbox:
    """The pledge that a form is about: a new one, the one of the same name, or the first of a full household."""

    pledge: Pledge
    precepts: Sequence[int]
    letter: str
    newest: Mapping[int, codes.Newest | None]  # codes of all that it has pledged in the campaign, by their ids
    may_mail: bool

    @property
    def takes(self) -> bool:
        """Whether the form is written down: nothing was confirmed, and there is room for the name."""
        return self.letter == "pledge-confirm"


@transaction.atomic
def make_pledge(
    *,
    campaign: Campaign,
    email: str,
    promise: Promise,
    language: str,
    form_token: str = "",
    source_ip: str | None = None,
    suspicion: str = "",
    group: Group | None = None,
    mailbox: str = "",
) -> None:
    """Keep the promise until the address confirms it, and have a mail sent that lets it do so.

    Answers nothing, so that nobody learns here who has pledged, and runs the same statements whoever has. Until it is
    confirmed a repeat replaces what was promised; after that its owner is told by mail, and so they are of a name more
    than the `HOUSEHOLD_NAMES` that one mailbox may pledge under in a campaign. `mailbox` is the canonical address,
    where it is known.
    """
    canonical_email = mailbox or mailboxes.canonical(email)
    found = _look_up(campaign, canonical_email, names.key(promise.public_name))
    pledge = found.pledge
    if found.takes:
        pledge.email, pledge.group, pledge.source_ip = mail_addresses.normalise(email), group, source_ip
        pledge.language = language
        _say(pledge, promise)
        _suspect(pledge, suspicion)
        if found.may_mail and not _was_just_asked(pledge):
            pledge.asked_at = timezone.now()
    statements = _to_write_down(pledge, promise, takes=found.takes)
    if found.may_mail:
        statements.append(outbox.promised(found.letter, cause=_cause(found), subject_id=pledge.pk, language=language))
    if form_token:
        promised = _seal(found, promise, group)
        bound = codes.binding(form_token=form_token, pledge=pledge, of_mailbox=found.newest, promised=promised)
        statements.append(bound)
    send(*statements)


def ask_who_waits() -> int:
    """Ask those to confirm who could not be asked when they pledged, for their mailbox had its mails; returns how many.

    The second name of a household, for example, that pledges within ten minutes of the first.
    """
    since = timezone.now() - confirming.LINK_LASTS
    waiting = Pledge.objects.pending().filter(asked_at=None, hidden_at=None, created_at__gt=since)
    asked = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            pledge = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if pledge:
                confirming.ask_to_confirm(pledge)
                asked += pledge.asked_at is not None
    return asked


def _look_up(campaign: Campaign, canonical_email: str, name_key: str) -> _Mailbox:
    """What this mailbox has pledged in the campaign, locked, and so whom a form with this name is about."""
    values = [campaign.pk, canonical_email, *limits.may_mail_values(canonical_email)]
    *rows, (new_id, may_mail, *_empty) = send(Statement(LOOK_UP, values))
    known, newest = [], {}
    for _new_id, _may_mail, row, precepts, *code in rows:
        pledge = read(Pledge, row)
        newest[pledge.pk] = codes.Newest(*code) if code[1] else None
        if pledge.status != Pledge.Status.WITHDRAWN:
            known.append((pledge, precepts))
    same_name = next((row for row in known if row[0].name_key == name_key), None)
    if same_name:
        is_pending = same_name[0].status == Pledge.Status.PENDING
        return _Mailbox(*same_name, "pledge-confirm" if is_pending else "pledge-already", newest, may_mail)
    if len(known) >= current().number(HOUSEHOLD_NAMES):
        return _Mailbox(*known[0], "pledge-household", newest, may_mail)
    new = Pledge(pk=new_id, campaign=campaign, canonical_email=canonical_email)
    return _Mailbox(new, [], "pledge-confirm", newest, may_mail)


def _say(pledge: Pledge, promise: Promise) -> None:
    is_person = promise.kind == Pledge.Kind.PERSON
    pledge.kind = promise.kind
    pledge.verification = Pledge.Verification.NOT_NEEDED if is_person else Pledge.Verification.WAITING
    pledge.public_name, pledge.name_key = promise.public_name, names.key(promise.public_name)
    pledge.is_16_or_older, pledge.consent_version = promise.is_16_or_older, promise.consent_version
    pledge.country = promise.country
    pledge.way = promise.way
    pledge.words = promise.words
    pledge.words_status = Pledge.Words.WAITING if promise.words else Pledge.Words.NONE


def _suspect(pledge: Pledge, suspicion: str) -> None:
    """A suspicion stays, whatever is sent later; it is for the rule or for staff to lift it."""
    if suspicion and pledge.standing == Pledge.Standing.GOOD:
        pledge.standing = Pledge.Standing.SUSPECTED
        pledge.suspected_at, pledge.suspected_for = timezone.now(), suspicion


def _was_just_asked(pledge: Pledge) -> bool:
    return pledge.asked_at is not None and timezone.now() - pledge.asked_at < confirming.MAIL_PAUSE


def _to_write_down(pledge: Pledge, promise: Promise, *, takes: bool) -> list[Statement]:
    """What writes the pledge, new or not, with its precepts and its body; one that is not taken is written as it was.

    The same statements in both cases: how long a form takes must not tell who has pledged.
    """
    precepts = [wording.pk for wording in promise.precepts] if takes else []
    target = pledge.pk if takes else None
    statements = [Statement(WRITE, [*values_of(pledge, WRITTEN), target, precepts, promise.body is None])]
    if promise.body:
        statements.append(Statement(ADD_BODY, [*promise.body.fields, target]))
    return statements


def _seal(found: _Mailbox, promise: Promise, group: Group | None) -> str:
    """The seal of what the form says: with the precepts and the body that the pledge will have then."""
    said = copy.copy(found.pledge)
    said.group = group
    _say(said, promise)
    body = confirming.body_of(said)
    if not found.takes:
        return confirming.seal_of(said, precepts=found.precepts, body=body)
    precepts = [wording.pk for wording in promise.precepts]
    return confirming.seal_of(said, precepts=precepts, body=promise.body.fields if promise.body else None)


def _cause(found: _Mailbox) -> str:
    """Ten minutes after the last mail there is another to confirm; the others go out once a day."""
    pledge = found.pledge
    day_or_moment: str | int = f"{timezone.now():%Y-%m-%d}"
    if found.takes:
        asked_at = pledge.asked_at or dt.datetime.fromtimestamp(0, dt.UTC)
        day_or_moment = int(asked_at.timestamp())
    return f"{found.letter}:{pledge.pk}:{day_or_moment}"
