"""Taking the person out of pledges, so that they stay counted; the ground of erasing and of retention."""

import re
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pledges.models import (
    ConfirmationCode,
    Fulfilment,
    HeartReport,
    InvalidationCase,
    MailedLink,
    Pledge,
    PledgingBody,
)
from pledges.services import photos

ERASED = "[erased]"
SHORTEST_NAME = 3  # a word of a name; shorter ones are words of many languages
# Who still stands behind a promise when the person who made it for them is forgotten.
BODIES = Q(status="confirmed", verification="verified") & ~Q(kind="person")
Status, Words = Pledge.Status, Pledge.Words


@transaction.atomic
def forget_people(ids: Sequence[int], *, are_hidden: bool) -> int:
    """Take the person out of these locked pledges, and delete those that were never confirmed; returns how many.

    Country, kind, precepts, number and whether it was kept stay, and with them every count. `are_hidden` takes the
    hearts from the wall and their own pages, too. A verified organisation or authority is no person: it keeps its
    name, its promise and its place, and loses its contact. Safe to repeat.
    """
    pledges = Pledge.objects.filter(pk__in=ids)
    photos.remove(ids)
    MailedLink.objects.filter(pledge__in=ids).delete()
    ConfirmationCode.objects.filter(pledge__in=ids).delete()
    HeartReport.objects.filter(pledge__in=ids).exclude(words="").update(words="")
    Fulfilment.objects.filter(pledge__in=ids).exclude(words="").update(words="", words_status=Words.NONE)
    pledges.pending().delete()
    now = timezone.now()
    if are_hidden:
        seen = pledges.filter(hidden_at=None).exclude(BODIES)
        seen.update(hidden_at=now, hidden_reason=Pledge.Hidden.OWN_WISH, featured_at=None)
    PledgingBody.objects.filter(pledge__in=ids).update(contact_name="", contact_role="")
    pledges.filter(BODIES).update(email="", canonical_email=None, source_ip=None)
    people = pledges.filter(erased_at=None).exclude(BODIES)
    PledgingBody.objects.filter(pledge__in=people.values("pk")).update(link="", refused_for="")
    # A body that waited for staff waits no more: without its name there is nothing to look at.
    people.exclude(kind=Pledge.Kind.PERSON).filter(status=Status.CONFIRMED).update(
        status=Status.WITHDRAWN, withdrawn_at=now, featured_at=None
    )
    people.update(
        email="", canonical_email=None, public_name="", name_key="", words="", words_status=Words.NONE,
        source_ip=None, erased_at=now,
    )  # fmt: skip
    return len(ids)


def traces_of(said: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these names and addresses, and the words of the names, in what others wrote; None for nothing."""
    whole = {text.strip() for text in said}
    words = {word for text in whole if "@" not in text for word in text.split() if len(word) >= SHORTEST_NAME}
    longest_first = sorted((whole | words) - {""}, key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first), re.IGNORECASE)


def redact_cases(traces: re.Pattern[str], names: Collection[str]) -> list[int]:
    """Take names out of the cases of invalidation that staff named by them; returns those that run and cannot yet.

    What a case did stays done, and can be undone: it keeps its own list of pledges.
    """
    about = Q()
    for name in names:
        about |= Q(name__iexact=name) | Q(title__icontains=name) | Q(why__icontains=name)
    running = []
    for case in InvalidationCase.objects.filter(about).select_for_update().order_by("pk") if names else []:
        case.title, case.why = traces.sub(ERASED, case.title)[:120], traces.sub(ERASED, case.why)[:500]
        if case.name and case.status in {InvalidationCase.Status.RUNNING, InvalidationCase.Status.UNDOING}:
            running.append(case.pk)
        else:
            case.name = traces.sub(ERASED, case.name)[:100]
        case.save(update_fields=["title", "why", "name"])
    return running
