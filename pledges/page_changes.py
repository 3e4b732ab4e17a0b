"""What changes pages before a window counts it: the newest heart of the wall."""

from blueheart.pages.versions import begins_with
from pledges.models import Pledge

begins_with(Pledge.objects.shown().order_by("-number").values("number"))
