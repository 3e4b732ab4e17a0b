"""Which precepts a campaign offers, and in which order."""

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from pledges.models import PreceptOffer


class AlreadyOffersError(RefusedError):
    """The campaign has a list of its own, or there is nothing to copy."""


@transaction.atomic
def copy_global_list(*, campaign: Campaign, request: HttpRequest) -> list[PreceptOffer]:
    """Give a campaign the global list as its own, to be changed from there. Raises `AlreadyOffersError`."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    if PreceptOffer.objects.filter(campaign=campaign).exists():
        raise AlreadyOffersError(_("This campaign has a list of its own already."))
    offers = PreceptOffer.objects.filter(campaign__slug=Campaign.GLOBAL_SLUG)
    copied = [PreceptOffer(campaign=campaign, precept_id=offer.precept_id, order=offer.order) for offer in offers]
    if not copied:
        raise AlreadyOffersError(_("The global campaign offers nothing to copy."))
    record("precepts.copied", target=campaign, request=request, detail={"precepts": len(copied)})
    return PreceptOffer.objects.bulk_create(copied)
