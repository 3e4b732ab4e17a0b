"""The words that nobody may bear in public, as staff edit them."""

from django.contrib import admin

from blueheart.admin.base import KeptInTrail
from blueheart.moderation.models import NameWord


@admin.register(NameWord)
class NameWordAdmin(KeptInTrail[NameWord]):
    """What is refused in the names of supporters and of donors alike."""

    told_in_trail = ("word", "language", "note")
    list_display = ("word", "language", "note")
    list_filter = ("language",)
    search_fields = ("word",)
