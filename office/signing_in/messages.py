"""The mails to staff about their accounts; importing this module registers them.

Everything that a mail says stands in the trail: when, from where, who and what.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.limits.addresses import neighbourhood
from blueheart.post.farewells import say_farewell
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office.roles import ROLES
from office.signing_in import password_links
from office.signing_in.models import PasswordLink
from office.signing_in.notices import ACCOUNT, SECURITY, SIGNED_IN

LABELS = {role.name: role.label for role in ROLES}
HAPPENED: dict[str, str | Promise] = {
    "office.enrolled": gettext_lazy("A phone was connected to your account."),
    "office.recovery-codes-renewed": gettext_lazy("New recovery codes were made; the old ones are void."),
    "office.password-changed": gettext_lazy("Your password was changed. Your other sessions are ended."),
    "office.password-set": gettext_lazy("Your password was set by a mailed link. All your sessions are ended."),
    "office.recovery-code-used": gettext_lazy("Somebody signed in with one of your recovery codes."),
    "office.locked-out": gettext_lazy("Too many wrong passwords were tried for your account."),
    "office.session-ended": gettext_lazy("One of your other sessions was ended."),
    "office.sessions-ended": gettext_lazy("All your other sessions were ended."),
}
DONE: dict[str, str | Promise] = {
    "staff.created": gettext_lazy("The account was made."),
    "staff.deactivated": gettext_lazy("The account was deactivated: nobody can sign in with it."),
    "staff.activated": gettext_lazy("The account was activated again."),
    "staff.changed": gettext_lazy("The account’s name or address was changed."),
    "staff.password-link-sent": gettext_lazy("A link to set a new password was mailed to its owner."),
    "staff.sessions-ended": gettext_lazy("The account’s sessions were ended."),
    "staff.held": gettext_lazy("The account waits until a second administrator has confirmed it."),
    "staff.confirmed": gettext_lazy("A second administrator has confirmed the account."),
    "staff.superuser-given": gettext_lazy("The account became a superuser: it may do everything."),
    "staff.superuser-taken": gettext_lazy("The account is no superuser any more."),
    "office.second-factor-removed": gettext_lazy("The account’s phone was disconnected."),
}


@letter(SIGNED_IN)
def signed_in(message: Message) -> Letter | None:
    """To the owner: a sign-in from a browser or a network that was not seen for 30 days."""
    entry = _entry(message)
    return _letter(message, _("A new sign-in to your office account"), [_("Somebody signed in."), *_where(entry)])


@letter(SECURITY)
def security(message: Message) -> Letter | None:
    """To the owner: what protects the account has changed."""
    entry = _entry(message)
    return _letter(message, str(HAPPENED[entry.action]), _where(entry))


@letter(ACCOUNT)
def account_changed(message: Message) -> Letter | None:
    """To the owner and all administrators: what somebody did to an account, all of one moment in one mail."""
    return _letter(message, _("A staff account was changed"), _all_done(_entry(message)))


@letter(password_links.KIND)
def password_link(message: Message) -> Letter | None:
    """To the owner: a link to set a password, minted now, for it is stored nowhere but in the mail."""
    owner = User.objects.filter(pk=message.subject_id, is_active=True, is_staff=True).exclude(email="").first()
    if owner is None:
        return None
    link = site_url(reverse("admin:set_password", args=[password_links.mint(owner)]))
    hours = int(PasswordLink.LASTS.total_seconds()) // 3600
    return Letter(to=owner.email, context={"link": link, "hours": hours, "username": owner.get_username()})


def tell_former_address(entry: Entry, address: str) -> None:
    """Write at once to an address that an account has lost: whoever changed it must not keep its owner from hearing.

    Not by the outbox: it stores no address, and the account's is another by now.
    """
    with translation.override(settings.LANGUAGE_CODE):
        context = _context(_("A staff account was changed"), _all_done(entry))
    told = Letter(to=address, context=context)
    transaction.on_commit(lambda: say_farewell(ACCOUNT, told, language=settings.LANGUAGE_CODE))


def _all_done(entry: Entry) -> list[str]:
    """What was done to an account at one moment."""
    owner = User.objects.filter(pk=entry.target_id).first()
    together = Entry.objects.filter(target_type=entry.target_type, target_id=entry.target_id, at=entry.at)
    acts = [line for each in together.order_by("pk") if (line := _act(each))]
    said = [_("Account: %(name)s") % {"name": owner or "–"}, *acts]
    if entry.actor:
        said.append(_("By: %(name)s") % {"name": entry.actor})
    return [*said, *_where(entry)]


def _act(entry: Entry) -> str:
    role = LABELS.get(entry.detail.get("role", ""), entry.detail.get("role", ""))
    if entry.action == "staff.role-given":
        return _("Role given: %(role)s") % {"role": role}
    if entry.action == "staff.role-taken":
        return _("Role taken: %(role)s") % {"role": role}
    return str(DONE.get(entry.action, ""))


def _entry(message: Message) -> Entry:
    return Entry.objects.select_related("actor").get(pk=message.subject_id)


def _where(entry: Entry) -> list[str]:
    """When, and from where: the network and not the whole address, for mails lie about for years."""
    said = [_("When: %(at)s UTC") % {"at": f"{entry.at.astimezone(dt.UTC):%Y-%m-%d %H:%M}"}]
    if entry.address:
        said.append(_("From the network: %(network)s") % {"network": neighbourhood(entry.address)})
    return said


def _letter(message: Message, headline: str, said: list[str]) -> Letter | None:
    """To the person whose key ends the cause; a deactivated one still hears that it happened."""
    reader = User.objects.filter(pk=message.cause.rpartition(":")[2]).first()
    if reader is None or not reader.email:
        return None
    return Letter(to=reader.email, context=_context(headline, said))


def _context(headline: str, said: list[str]) -> dict[str, Any]:
    return {"headline": headline, "said": said, "page_url": site_url(reverse("admin:my_account"))}
