"""The six digits that are mailed beside a link, and the forms in which they may be typed.

A round begins with a form and lasts fifteen minutes; forms for the same mailbox within its first ten minutes, in which
no other mail goes out, belong to it and share its tries, under whatever names. All of that is the same for a form that
no mail follows, so that typing digits tells nobody whether an address has pledged before, nor under how many names.
"""

import datetime as dt
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.utils import timezone

from blueheart import tokens
from blueheart.postgresql.trips import Statement
from pledges.models import ConfirmationCode, Pledge

BIND = "SELECT pledges_bind_code(%s, %s, %s::bigint[], %s, %s, %s, %s, %s, %s)"
DIGITS = 6
PURPOSE = "pledges.code"  # of their seals
ROUND_TAKES_FORMS = dt.timedelta(minutes=10)
KEPT = dt.timedelta(days=1)


class CodeExpiredError(Exception):
    """No code can be typed for this form: it is too old, unknown, or all tries are used up."""


class WrongCodeError(Exception):
    """The digits are not those of the mail; `left` more tries remain."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class Newest(NamedTuple):
    """The newest code of one pledge, as much of it as says in which round it is."""

    tries: int
    expires_at: dt.datetime
    digest: str


@dataclass(frozen=True)
class Trial:
    """What came of digits that were typed: the seal of what the form promised, or how many more tries there are."""

    promised: str = ""
    left: int = 0


def binding(*, form_token: str, pledge: Pledge, of_mailbox: Mapping[int, Newest | None], promised: str) -> Statement:
    """What lets the digits of the pledge's mail be typed for this form, `promised` being the seal of what it says.

    `of_mailbox` are the ids of all that its mailbox has pledged in the campaign, with their newest codes. To be sent
    once the pledge is there, for a locked mailbox; safe to repeat. It is the same whether a mail goes out or not.
    """
    now = timezone.now()
    newest = max(filter(None, of_mailbox.values()), key=lambda code: code.expires_at, default=None)
    is_new_round = newest is None or now >= newest.expires_at - ConfirmationCode.LASTS + ROUND_TAKES_FORMS
    if newest is None or is_new_round:
        digest, tries, expires_at = "", 0, now + ConfirmationCode.LASTS
    else:
        own = of_mailbox.get(pledge.pk)
        digest, tries, expires_at = own.digest if own else "", newest.tries, newest.expires_at
    form = tokens.digest(form_token)
    values = [form, pledge.pk, list(of_mailbox), promised, digest, tries, now, expires_at, is_new_round]
    return Statement(BIND, values)


def draw(pledge: Pledge) -> str:
    """New digits for the forms of this pledge that are still open, to be mailed; empty where there are none.

    For a locked pledge, or a form that is sent in this instant would miss them. Tries stay as they are: one that was
    given back would tell that a mail went out.
    """
    digits = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    is_open = pledge.codes.filter(expires_at__gt=timezone.now()).update(
        digest=tokens.seal(PURPOSE, f"{pledge.pk} {digits}")
    )
    return digits if is_open else ""


def pledge_of(form_token: str) -> Pledge:
    """The pledge that a form was about. Raises `CodeExpiredError`."""
    code = ConfirmationCode.objects.select_related("pledge").filter(form_digest=tokens.digest(form_token)).first()
    if code is None:
        raise CodeExpiredError
    return code.pledge


def spend(*, form_token: str, pledge: Pledge, typed: str) -> Trial:
    """Try these digits for this form; wrong ones are counted. For a locked mailbox."""
    code = pledge.codes.filter(form_digest=tokens.digest(form_token), expires_at__gt=timezone.now()).first()
    if code is None or code.tries >= ConfirmationCode.MOST_TRIES:
        return Trial()
    if tokens.is_sealed(PURPOSE, f"{pledge.pk} {plain_digits(typed)}", code.digest):
        return Trial(promised=code.seal)
    _of_mailbox(pledge).update(tries=F("tries") + 1)
    return Trial(left=ConfirmationCode.MOST_TRIES - code.tries - 1)


def plain_digits(typed: str) -> str:
    """The digits of what was typed, as 0 to 9: written in any script, in groups, with hyphens; else empty."""
    kept = [char for char in typed if not (char.isspace() or unicodedata.category(char) in {"Pd", "Cf", "Zs"})]
    try:
        return "".join(str(unicodedata.decimal(char)) for char in kept)
    except ValueError:
        return ""


def forget_past() -> int:
    """Delete codes that have been out of use for a day; returns how many."""
    deleted, _by_model = ConfirmationCode.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
    return deleted


def _of_mailbox(pledge: Pledge) -> "QuerySet[ConfirmationCode]":
    """The codes of all that this mailbox has pledged in the campaign."""
    same = Pledge.objects.of_address(pledge.canonical_email or "").filter(campaign=pledge.campaign_id)
    return ConfirmationCode.objects.filter(pledge__in=same)
