"""Writing the trail."""

import re
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.http import HttpRequest

from blueheart.limits.addresses import client_address
from blueheart.trail.models import Entry


def kind_of(model: Model | type[Model]) -> str:
    """How entries name acts on rows of this model: `BankAccount` is changed by `bank-account.changed`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", model._meta.object_name or "").lower()


def record(
    action: str,
    *,
    target: Model | None = None,
    actor: AbstractBaseUser | None = None,
    why: str = "",
    request: HttpRequest | None = None,
    detail: dict[str, Any] | None = None,
) -> Entry:
    """Write down one act in the caller's transaction; `request` supplies the actor and the address where not given.

    `action` reads like `pledge.hidden`. A target that was never saved stands for its model. Never put a name or an
    address of a person into `why` or `detail`.
    """
    if request is not None and actor is None and request.user.is_authenticated:
        actor = request.user
    return Entry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target and target.pk is not None else "",
        address=client_address(request) if request else "",
        why=why,
        detail=detail or {},
    )
