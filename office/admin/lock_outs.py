"""Tries to sign in: who is locked out is let in again by deleting the try; what was tried stays as it was."""

from typing import Any

from axes import admin as axes_admin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest

from blueheart.admin.base import KeptInTrail, ReadOnlyAdmin

for _model in (AccessAttempt, AccessFailureLog, AccessLog):
    admin.site.unregister(_model)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(KeptInTrail[Any], axes_admin.AccessAttemptAdmin):  # type: ignore[misc]  # axes has no types
    """Deleting one ends the lock-out of its name and network address."""

    actions = ()
    search_fields = ("=ip_address", "=username")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(ReadOnlyAdmin[Any], axes_admin.AccessFailureLogAdmin):  # type: ignore[misc]
    search_fields = ("=ip_address", "=username")


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin[Any], axes_admin.AccessLogAdmin):  # type: ignore[misc]
    search_fields = ("=ip_address", "=username")
