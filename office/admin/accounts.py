"""Staff: their accounts, their rights by group, the phone that is their second factor."""

from typing import Any, cast

from axes import admin as axes_admin  # noqa: F401  registers before we do
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from blueheart.admin.base import DeskAdmin
from blueheart.trail.record import record
from office.signing_in import second_factor

admin.site.unregister(StaticDevice)
admin.site.unregister(TOTPDevice)
admin.site.unregister(User)
admin.site.unregister(Group)


class OnlyEqualsTouchSuperusers(DeskAdmin[Any]):
    """Keeps rows of superusers from staff who are none: their password or phone would open the whole office."""

    def owner(self, obj: Any) -> User:
        """Whose row it is: an account is its own."""
        return cast(User, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._reaches(request, obj)

    def _reaches(self, request: HttpRequest, obj: Any) -> bool:
        return _is_superuser(request) or obj is None or not self.owner(obj).is_superuser


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


@admin.register(User)
class StaffAdmin(OnlyEqualsTouchSuperusers, UserAdmin[User]):
    """Accounts. Only a superuser gives rights, else the right to change accounts would be the right to everything."""

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = () if _is_superuser(request) else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*super().get_readonly_fields(request, obj), *fixed)


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin):
    """Rights by group, given by superusers only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)


@admin.register(TOTPDevice)
class SecondFactorAdmin(OnlyEqualsTouchSuperusers):
    """Whose phone is connected. Deleting one lets its owner enrol anew; the secret is never shown."""

    list_display = ["user", "confirmed", "created_at", "last_used_at"]
    list_select_related = ["user"]
    fields = ["user", "confirmed", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def owner(self, obj: TOTPDevice) -> User:
        return cast(User, obj.user)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?key__startswith=`: its answers would spell the secret out."""
        return not lookup.startswith("key") and super().lookup_allowed(lookup, value, request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._forget(request, obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for user in User.objects.filter(pk__in=queryset.values("user")):
            self._forget(request, user)

    def _forget(self, request: HttpRequest, user: User) -> None:
        second_factor.forget(user)
        record("office.second-factor-removed", target=user, request=request)
