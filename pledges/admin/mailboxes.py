"""Rules of mail domains: which spellings are one mailbox."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.admin.base import KeptInTrail
from pledges.models import DomainRule

RULE = ("domain", "ignores_dots", "tag_sign", "same_as")


@admin.register(DomainRule)
class DomainRuleAdmin(KeptInTrail[DomainRule]):
    """A saved rule is applied by the worker to the pledges that are there; the trail says how many it changed."""

    told_in_trail = RULE
    list_display = (*RULE, "note", "applied_at")
    list_filter = ("ignores_dots", "tag_sign")
    search_fields = ("domain", "same_as")
    fields = (*RULE, "note", "applied_at")

    def get_readonly_fields(self, request: HttpRequest, obj: DomainRule | None = None) -> tuple[str, ...]:
        return ("domain", "applied_at") if obj else ("applied_at",)

    def has_delete_permission(self, request: HttpRequest, obj: DomainRule | None = None) -> bool:
        """A rule is emptied and not deleted: the next loading of the content would bring it back."""
        return False

    def trail_detail(self, obj: DomainRule) -> dict[str, Any]:
        return {"domain": obj.domain}

    def save_model(self, request: HttpRequest, obj: DomainRule, form: Any, change: bool) -> None:
        is_to_be_applied = any(name in RULE for name in form.changed_data)
        if is_to_be_applied:
            obj.applied_at = None
        super().save_model(request, obj, form, change)
        if is_to_be_applied:
            self.message_user(request, _("The worker applies it to the pledges that are there within a minute."))
