"""Telling staff by mail of what cannot wait until they look at the office."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.urls import reverse

from blueheart.post import outbox
from blueheart.post.letters import Letter, site_url
from blueheart.post.models import Message

BACKEND = "django.contrib.auth.backends.ModelBackend"


def alert(kind: str, *, readers: str, cause: str, subject_id: int) -> None:
    """Promise one mail to each active member of staff who has the permission `readers`; once per `cause`.

    For the transaction of that cause. The cause of a mail ends with its reader's key, by which the letter finds them.
    """
    users = get_user_model().objects.with_perm(readers, backend=BACKEND)
    for user_id in users.filter(is_staff=True, is_active=True).exclude(email="").values_list("pk", flat=True):
        outbox.add(kind, cause=f"{cause}:{user_id}", subject_id=subject_id, language=settings.LANGUAGE_CODE)


def to_staff(message: Message, row: Model, headline: str, said: list[str]) -> Letter | None:
    """To the member of staff whose key ends the cause; not to one who has left."""
    reader = get_user_model().objects.filter(pk=message.cause.rpartition(":")[2], is_active=True, is_staff=True).first()
    if reader is None or not reader.email:
        return None
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    context = {"headline": headline, "said": [line for line in said if line], "page_url": site_url(page)}
    return Letter(to=reader.email, context=context)
