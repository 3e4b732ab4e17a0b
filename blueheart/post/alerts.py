"""Telling staff by mail of what cannot wait until they look at the office."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.urls import reverse

from blueheart.post import notices, outbox
from blueheart.post.letters import Letter, site_url
from blueheart.post.models import Message


def alert(kind: str, *, cause: str, subject_id: int) -> None:
    """Promise one mail to each member of staff who is told of such things (`notices`); once per `cause`.

    For the transaction of that cause. The cause of a mail ends with its reader's key, by which the letter finds them.
    """
    for user in notices.readers_of(notices.notice(kind)):
        outbox.add(kind, cause=f"{cause}:{user.pk}", subject_id=subject_id, language=settings.LANGUAGE_CODE)


def to_staff(message: Message, row: Model, headline: str, said: list[str]) -> Letter | None:
    """To the member of staff whose key ends the cause; not to one who has left."""
    reader = get_user_model().objects.filter(pk=message.cause.rpartition(":")[2], is_active=True, is_staff=True).first()
    if reader is None or not reader.email:
        return None
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    context = {"headline": headline, "said": [line for line in said if line], "page_url": site_url(page)}
    return Letter(to=reader.email, context=context)
