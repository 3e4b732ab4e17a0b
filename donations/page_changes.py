"""What changes pages before a window counts it: the newest gift of the donor wall."""

from blueheart.pages.versions import begins_with
from donations.models import Donation

begins_with(Donation.objects.may_be_shown().order_by("-pk").values("pk"))
