from django.contrib import admin

from blueheart.moderation.models import NameWord


@admin.register(NameWord)
class NameWordAdmin(admin.ModelAdmin[NameWord]):
    """What is refused in the names of supporters and of donors alike."""

    list_display = ("word", "language", "note")
    list_filter = ("language",)
    search_fields = ("word",)
