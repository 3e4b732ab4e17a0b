"""The mails about groups: to their keepers, and to staff who decide."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import tokens
from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter, returned, site_url
from blueheart.post.models import Message
from blueheart.post.notices import Notice, declare
from campaigns.share.bidi import isolated
from pledges.models import Group, KeeperLink
from pledges.services import quiet
from pledges.services.groups import DECIDE, LINK_LASTS

declare(Notice("alert-group", gettext_lazy("A group waits for approval"), readers=DECIDE))


@letter("group-confirm")
def confirm(message: Message) -> Letter | None:
    """Ask whoever opened a group, or shall keep it from now on, to confirm the address."""
    group = _with_keeper(message)
    if group is None or group.keeper_confirmed_at:
        return None
    return _to(group, link=_mint(group, LINK_LASTS), days=LINK_LASTS.days)


@letter("group-link")
def link(message: Message) -> Letter | None:
    """A link to the keeper's pages, minted now: it is stored nowhere but in the mail."""
    group = _with_keeper(message)
    if group is None:
        return None
    lasts = KeeperLink.VISIT_LASTS
    return Letter(
        to=group.keeper_email,
        context={"link": _mint(group, lasts), "minutes": int(lasts.total_seconds()) // 60},
    )


@letter("group-approved")
def approved(message: Message) -> Letter | None:
    """Tell the keeper that people can join, and where poster and paper sheet are."""
    group = _with_keeper(message)
    if group is None or not group.is_open:
        return None
    papers = {
        name: site_url(reverse(f"pledges:group_{name}", args=[group.code])) for name in ("poster", "sheet", "join")
    }
    return _to(group, page=site_url(group.get_absolute_url()), keep=site_url(reverse("pledges:keep")), **papers)


@letter("group-refused")
def refused(message: Message) -> Letter | None:
    """Tell the keeper that staff said no, and why."""
    group = _with_keeper(message)
    if group is None or group.status != Group.Status.REFUSED:
        return None
    return _to(group, why=group.refused_for, contact=site_url(reverse("campaigns:contact")))


@letter("group-closed")
def closed(message: Message) -> Letter | None:
    """Tell the keeper that the group takes no more hearts."""
    group = _with_keeper(message)
    if group is None or group.status != Group.Status.CLOSED:
        return None
    return _to(group, page=site_url(group.get_absolute_url()), contact=site_url(reverse("campaigns:contact")))


@letter("alert-group")
def waits(message: Message) -> Letter | None:
    """Ask staff to decide, while the group waits."""
    group = Group.objects.to_decide().filter(pk=message.subject_id).first()
    if group is None:
        return None
    return to_staff(message, group, _("A group waits for approval"), [f"{group.name} ({group.get_kind_display()})"])


@returned("group-confirm", "group-link", "group-approved", "group-refused", "group-closed")
def came_back(message: Message, address: str) -> bool:
    """Write no more to a keeper's mailbox that takes no mail."""
    group = Group.objects.filter(pk=message.subject_id).first()
    return group is not None and quiet.came_back(written_to=group.keeper_email, address=address)


def _with_keeper(message: Message) -> Group | None:
    """The group, while it has a keeper and mail may go to them."""
    group = Group.objects.filter(pk=message.subject_id).exclude(keeper_email="").first()
    return group if group and quiet.may_write(group.keeper_email) else None


def _mint(group: Group, lasts: dt.timedelta) -> str:
    token, digest = tokens.mint()
    now = timezone.now()
    KeeperLink.objects.create(group=group, digest=digest, sent_at=now, expires_at=now + lasts)
    return site_url(reverse("pledges:keep_open", args=[token]))


def _to(group: Group, **said: object) -> Letter:
    return Letter(to=group.keeper_email, context={"name": group.keeper_name, "group": isolated(group.name), **said})
