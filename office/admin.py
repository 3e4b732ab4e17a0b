"""What staff see of the ground: mail, the audit trail, second factors. Each app registers its own models."""

from typing import Any, TypeVar, cast

from axes import admin as axes_admin  # noqa: F401  registers before we do
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from blueheart.post.models import Message
from blueheart.read_only import ReadOnly
from blueheart.trail.models import Entry, Seal
from blueheart.trail.record import record
from office import second_factor
from office.models import JobTurn

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin[M]):
    actions: Any = None
    show_full_result_count = False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    """The outbox: what is waiting, sent or shelved, without an address: a message does not store one."""

    list_display = ["kind", "status", "language", "tries", "created_at", "sent_at", "next_attempt_at", "reason"]
    list_filter = ["status", "language"]
    search_fields = ["cause__startswith"]
    search_help_text = _("By the beginning of the cause, such as “pledge-confirm:17”")
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        chosen = queryset.filter(next_attempt_at=None).order_by("pk")
        with transaction.atomic():
            again = list(chosen.select_for_update())
            for message in again:
                message.requeue()
                record("post.sent-again", target=message, request=request)
        text = ngettext("%(count)s mail will be sent again.", "%(count)s mails will be sent again.", len(again))
        self.message_user(request, text % {"count": len(again)}, messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Sending again asks for the model's own permission to change: nobody else may act on a mail."""
        return request.user.has_perm("post.change_message")


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


@admin.register(JobTurn)
class JobTurnAdmin(ReadOnlyAdmin[JobTurn]):
    list_display = ["name", "begun_at", "ended_at", "failure"]


admin.site.unregister(StaticDevice)
admin.site.unregister(TOTPDevice)
admin.site.unregister(User)
admin.site.unregister(Group)


class OnlyEqualsTouchSuperusers(admin.ModelAdmin[Any]):
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
