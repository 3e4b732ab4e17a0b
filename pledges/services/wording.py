"""Rewording precepts without touching what was signed."""

from django.db import transaction
from django.http import HttpRequest

from blueheart.trail.record import record
from pledges.models import Precept, PreceptWording


@transaction.atomic
def reword(wording: PreceptWording, *, request: HttpRequest) -> PreceptWording:
    """Save what staff wrote as the precept's next version; the version they started from stays as it was signed."""
    Precept.objects.select_for_update().get(pk=wording.precept_id)
    newest = PreceptWording.objects.filter(precept_id=wording.precept_id).order_by("-version").first()
    wording.pk = None
    wording._state.adding = True
    wording.version = newest.version + 1 if newest else 1
    wording.is_by_staff = True
    wording.save()
    record("precept.reworded", target=wording, request=request, detail={"version": wording.version})
    return wording
