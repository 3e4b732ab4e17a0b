"""What staff are told of by mail, and who is: all who may do something about it, unless staff chose among them."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.functional import Promise

from blueheart.post.models import NoticeRule

BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Notice:
    """One kind of mail to staff. `readers` is the permission of those who may act on it.

    One that `must_be_sent` cannot be switched off: somebody may need help.
    """

    kind: str
    label: str | Promise
    readers: str
    must_be_sent: bool = False


_notices: dict[str, Notice] = {}


def declare(*notices: Notice) -> None:
    """Say what staff are told of; for an app's `messages`, beside the letters of these kinds."""
    _notices.update({notice.kind: notice for notice in notices})


def declared() -> list[Notice]:
    """Every notice, by kind."""
    return [_notices[kind] for kind in sorted(_notices)]


def notice(kind: str) -> Notice:
    """The notice of a kind. Raises KeyError for one that no app has declared."""
    return _notices[kind]


def may_read(told: Notice) -> "QuerySet[User]":
    """The staff who may be told: active, with an address and the permission."""
    users = get_user_model().objects.with_perm(told.readers, backend=BACKEND)
    readers: QuerySet[User] = users.filter(is_staff=True, is_active=True).exclude(email="").order_by("username")
    return readers


def readers_of(told: Notice) -> list[User]:
    """Who is told. Where all whom staff chose have left or lost the right, everybody with the right is told again."""
    rule = NoticeRule.objects.filter(kind=told.kind).first()
    if rule is not None and not rule.is_on and not told.must_be_sent:
        return []
    everybody = list(may_read(told))
    chosen = set(rule.readers.values_list("pk", flat=True)) if rule is not None else set()
    return [user for user in everybody if user.pk in chosen] or everybody
