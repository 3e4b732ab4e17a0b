"""The audit trail as staff see it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.trail.models import Entry, Seal


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin[Entry]):
    list_display = ["at", "actor", "action", "target_type", "target_id", "address", "why"]
    list_filter = ["actor"]
    list_select_related = ["actor"]
    search_fields = ["action__startswith", "target_id__exact"]
    search_help_text = _("By the beginning of what was done, or the whole id of its target")


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin[Seal]):
    list_display = ["minute", "entries", "digest"]
