"""Rows that staff may look at in the admin and never change there."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """For the admin of a model, before `ModelAdmin`: nobody adds, changes or deletes here, superusers neither."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
