"""Secret links, and the visits that they open."""

import datetime as dt
from typing import TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart import tokens
from blueheart.refusals import RefusedError

NOBODY = 0  # the subject of a mail that has nobody to go to


class LinkExpiredError(RefusedError):
    """The link is unknown, altered, used or too old."""


class TooManyLinksError(RefusedError):
    """More links were asked for, from one network or for one address, than people ask for."""


class SecretLink(models.Model):
    """A secret that was mailed. Only its digest is kept, and only until it expires.

    Once `opened_at` is set, the row is a visit: the digest is then that of the secret in the visitor's browser.
    """

    VISIT_LASTS = dt.timedelta(minutes=30)

    digest = models.CharField(_("digest"), max_length=tokens.DIGEST_LENGTH)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        abstract = True


L = TypeVar("L", bound=SecretLink)


def link_behind(links: "models.QuerySet[L]", token: str) -> L:
    """The unused link of a token; looking at it changes nothing. Raises `LinkExpiredError`."""
    link = _alive(links).filter(digest=tokens.digest(token), opened_at=None).first()
    if link is None:
        raise LinkExpiredError
    return link


def open_visit(links: "models.QuerySet[L]", token: str) -> tuple[L, str]:
    """Spend a link and begin the visit; returns it with the secret that the visitor's browser keeps.

    The row of the link becomes that of the visit: it is known by another digest from now on, so that a link opens once
    even when two people press at the same instant. For a transaction of the caller's. Raises `LinkExpiredError`.
    """
    link = _alive(links).select_for_update(of=["self"]).filter(digest=tokens.digest(token), opened_at=None).first()
    if link is None:
        raise LinkExpiredError
    secret, link.digest = tokens.mint()
    link.opened_at = timezone.now()
    link.expires_at = link.opened_at + link.VISIT_LASTS
    link.save(update_fields=["digest", "opened_at", "expires_at"])
    return link, secret


def visit_behind(links: "models.QuerySet[L]", secret: str) -> L | None:
    """The visit that this secret keeps open; None where it is over, was left, or never was."""
    if not secret:
        return None
    return _alive(links).filter(digest=tokens.digest(secret), opened_at__isnull=False).first()


def end_visit(links: "models.QuerySet[L]", secret: str) -> None:
    """End a visit at once. Safe to call twice."""
    links.filter(digest=tokens.digest(secret), opened_at__isnull=False).delete()


def past(links: "models.QuerySet[L]") -> "models.QuerySet[L]":
    """Links and visits that are over."""
    return links.filter(expires_at__lt=timezone.now())


def forget_past(links: "models.QuerySet[L]") -> int:
    """Delete links and visits that are over; returns how many there were."""
    deleted, _by_model = past(links).delete()
    return deleted


def _alive(links: "models.QuerySet[L]") -> "models.QuerySet[L]":
    return links.filter(expires_at__gt=timezone.now())
