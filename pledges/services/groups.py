"""Groups: opened by anyone, approved by staff, and kept by one person by mailed links."""

import datetime as dt
import secrets
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart import mail_addresses
from blueheart.days import utc_today
from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from pledges import limits, mailboxes
from pledges.models import Group, GroupTally, KeeperLink
from pledges.models.tallies import SMALLEST_COUNTRY

DECIDE = "pledges.decide_group"
LINK_LASTS = dt.timedelta(days=7)  # of the first link, which confirms the keeper's address


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What somebody fills in to open a group."""

    name: str
    kind: str
    country: str
    language: str
    target: int
    keeper_name: str
    keeper_email: str
    is_of_pupils: bool = False
    about: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a group has come, as of the last window: two figures, of which only the first is confirmed."""

    confirmed: int
    on_paper: int
    target: int
    are_few: bool = False  # confirmed hearts: one to four, of which the public is told no more than that

    @property
    def together(self) -> int:
        """Both, as they stand against the group's own target; no number of confirmed hearts."""
        return self.confirmed + self.on_paper

    @property
    def percent(self) -> int:
        """Full at a hundred, however many more there are."""
        return min(100, self.together * 100 // self.target)


def progress_of(group: Group) -> Progress:
    """One query, none where `tally` was selected with the group."""
    try:
        tally = group.tally
    except GroupTally.DoesNotExist:
        return Progress(0, 0, group.target)
    return Progress(tally.confirmed, tally.on_paper, group.target)


def shown_progress_of(group: Group) -> Progress:
    """The same for everyone to see: one to four confirmed hearts of a country are never told, by no bar either."""
    progress = progress_of(group)
    if not 0 < progress.confirmed < SMALLEST_COUNTRY:
        return progress
    return replace(progress, confirmed=0, are_few=True)


def open_campaigns() -> QuerySet[Campaign]:
    """Campaigns for which one can open a group today."""
    campaigns: QuerySet[Campaign] = Campaign.objects.published().exclude(ends_on__lt=utc_today())
    return campaigns


def spelling(email: str) -> str:
    """The address of a keeper as it is kept and looked for."""
    return mail_addresses.canonical(email)


@transaction.atomic
def open_group(*, campaign: Campaign, opening: Opening) -> None:
    """Keep the group until its keeper's address is confirmed, and have a mail sent that does so.

    Answers nothing, so that nobody learns here who keeps a group. The same group sent once more replaces what was
    typed, and is mailed again after ten minutes at the earliest.
    """
    email = spelling(opening.keeper_email)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"group {email}"])
    unconfirmed = Group.objects.waiting().filter(keeper_email=email, keeper_confirmed_at=None)
    typed = vars(opening) | {"keeper_email": email}
    # What a group counts for never changes: another country or another kind of member is another group.
    fixed = {name: typed.pop(name) for name in ("country", "is_of_pupils", "name")}
    group, _is_new = unconfirmed.update_or_create(campaign=campaign, keeper_email=email, **fixed, defaults=typed)
    ask_to_confirm(group)


def ask_to_confirm(group: Group) -> None:
    """Have a link mailed that confirms the keeper's address; ten minutes after the last mail there at the earliest."""
    if limits.may_mail(mailboxes.canonical(group.keeper_email)):
        _promise_link(group)


def keeper_is_confirmed(group: Group) -> None:
    """Note that the keeper's address is theirs, and tell staff of a group that waits. Within a transaction."""
    if group.keeper_confirmed_at:
        return
    group.keeper_confirmed_at = timezone.now()
    group.save(update_fields=["keeper_confirmed_at"])
    record("group.keeper-confirmed", target=group)
    if group.status == Group.Status.WAITING:
        alert("alert-group", cause=f"alert-group:{group.pk}", subject_id=group.pk)


@transaction.atomic
def approve(group: Group, *, by: User, request: HttpRequest) -> None:
    """Let people join; a group that was refused or closed, too. Raises `RefusedError`."""
    group = _locked(group)
    if group.status == Group.Status.APPROVED:
        raise RefusedError(_("This group is approved already."))
    if group.keeper_confirmed_at is None and group.keeper_email:
        raise RefusedError(_("The keeper has not confirmed the address yet."))
    _decide(group, Group.Status.APPROVED, by=by, request=request)
    _tell_keeper(group, "group-approved")


@transaction.atomic
def refuse(group: Group, *, why: str, by: User, request: HttpRequest) -> None:
    """Say no to a group that waits; its keeper is told the reason. Raises `RefusedError`."""
    group = _locked(group)
    if group.status != Group.Status.WAITING:
        raise RefusedError(_("This group does not wait for a decision any more."))
    _decide(group, Group.Status.REFUSED, by=by, request=request, why=why)
    _tell_keeper(group, "group-refused")


@transaction.atomic
def close(group: Group, *, by: User | None = None, request: HttpRequest | None = None) -> None:
    """Take no more hearts; the page stays. By its keeper where nobody of the staff does it. Raises `RefusedError`."""
    group = _locked(group)
    if group.status != Group.Status.APPROVED:
        raise RefusedError(_("This group is not open."))
    _decide(group, Group.Status.CLOSED, by=by, request=request)
    _tell_keeper(group, "group-closed")


@transaction.atomic
def set_keeper(group: Group, *, name: str, email: str, request: HttpRequest) -> None:
    """Hand the group to another person, who confirms the address by a mailed link. Links of the one before end."""
    group = _locked(group)
    group.keeper_name, group.keeper_email, group.keeper_confirmed_at = name, spelling(email), None
    group.save(update_fields=["keeper_name", "keeper_email", "keeper_confirmed_at"])
    KeeperLink.objects.filter(group=group).delete()
    record("group.keeper-set", target=group, request=request)
    _promise_link(group)


@transaction.atomic
def change(group: Group, *, about: str, target: int) -> Group:
    """Write down what the keeper changed. New words of a group in public wait until staff have read them."""
    group = _locked(group)
    group.target = target
    if group.status == Group.Status.WAITING or not about:
        group.about, group.about_to_read = about, ""
    else:
        group.about_to_read = "" if about == group.about else about
    group.save(update_fields=["target", "about", "about_to_read"])
    record("group.changed", target=group, detail={"target": target})
    return group


@transaction.atomic
def settle_about(group: Group, *, is_good: bool, request: HttpRequest) -> None:
    """Show the new words of a group, or drop them. Raises `RefusedError` where there are none."""
    group = _locked(group)
    if not group.about_to_read:
        raise RefusedError(_("There are no new words to read."))
    if is_good:
        group.about = group.about_to_read
    group.about_to_read = ""
    group.save(update_fields=["about", "about_to_read"])
    record(f"group.words-{'approved' if is_good else 'refused'}", target=group, request=request)


def why_closed(group: Group) -> str:
    """Why nobody can join the group today; empty where they can. Reads the group's campaign."""
    if not group.is_open:
        return _("This group is closed: it takes no more hearts.")
    if not group.campaign.is_public or _is_over(group.campaign):
        return _("The campaign of this group has ended: it takes no more hearts.")
    return ""


def unconfirmed_due() -> "QuerySet[Group]":
    """Groups whose keepers did not confirm the address in seven days, and were not asked again."""
    now = timezone.now()
    expired = Group.objects.waiting().filter(keeper_confirmed_at=None, created_at__lt=now - LINK_LASTS)
    return expired.exclude(pk__in=KeeperLink.objects.filter(expires_at__gt=now).values("group"))


def purge_unconfirmed() -> int:
    """Delete groups whose keepers did not confirm the address in seven days; returns how many."""
    with transaction.atomic():
        ids = list(unconfirmed_due().select_for_update(skip_locked=True).values_list("pk", flat=True))
        Group.objects.filter(pk__in=ids).delete()
    return len(ids)


def _is_over(campaign: Campaign) -> bool:
    return campaign.ends_on is not None and campaign.ends_on < utc_today()


def _locked(group: Group) -> Group:
    return Group.objects.select_for_update(no_key=True).get(pk=group.pk)


def _decide(group: Group, status: Group.Status, *, by: User | None, request: HttpRequest | None, why: str = "") -> None:
    group.status, group.decided_at, group.decided_by, group.refused_for = status, timezone.now(), by, why
    group.save(update_fields=["status", "decided_at", "decided_by", "refused_for"])
    record(f"group.{status}", target=group, request=request, why=why)


def _promise_link(group: Group) -> None:
    cause = f"group-confirm:{group.pk}:{secrets.token_hex(8)}"
    outbox.add("group-confirm", cause=cause, subject_id=group.pk, language=group.language)


def _tell_keeper(group: Group, letter: str) -> None:
    if group.keeper_email and group.decided_at:
        cause = f"{letter}:{group.pk}:{int(group.decided_at.timestamp())}"
        outbox.add(letter, cause=cause, subject_id=group.pk, language=group.language)
