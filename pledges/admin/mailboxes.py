"""Rules of mail domains: which spellings are one mailbox."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.admin.base import DeskAdmin
from blueheart.trail.record import record
from pledges.models import DomainRule

RULE = ("domain", "ignores_dots", "tag_sign", "same_as")


@admin.register(DomainRule)
class DomainRuleAdmin(DeskAdmin[DomainRule]):
    """A saved rule is applied by the worker to the pledges that are there; the trail says how many it changed."""

    list_display = (*RULE, "note", "applied_at")
    list_filter = ("ignores_dots", "tag_sign")
    search_fields = ("domain", "same_as")
    fields = (*RULE, "note", "applied_at")

    def get_readonly_fields(self, request: HttpRequest, obj: DomainRule | None = None) -> tuple[str, ...]:
        return ("domain", "applied_at") if obj else ("applied_at",)

    def has_delete_permission(self, request: HttpRequest, obj: DomainRule | None = None) -> bool:
        """A rule is emptied and not deleted: the next loading of the content would bring it back."""
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: DomainRule, form: Any, change: bool) -> None:
        changed = [name for name in RULE if name in form.changed_data]
        if changed:
            obj.applied_at = None
        super().save_model(request, obj, form, change)
        if changed:
            act = "changed" if change else "created"
            values = {name: [form.initial.get(name), form.cleaned_data[name]] for name in changed}
            record(f"domain-rule.{act}", target=obj, request=request, detail={"domain": obj.domain} | values)
            self.message_user(request, _("The worker applies it to the pledges that are there within a minute."))
