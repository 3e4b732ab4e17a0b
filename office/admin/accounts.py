"""Staff: their accounts, their roles, the phone that is their second factor."""

from typing import Any, cast

from axes import admin as axes_admin  # noqa: F401  registers before we do
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from blueheart.admin.base import DeskAdmin, ReadOnlyAdmin
from blueheart.trail.record import record
from office import accounts
from office.admin import account_acts
from office.admin.account_forms import AccountForm, NewAccountForm
from office.signing_in import holds, second_factor, sessions
from office.signing_in.own_account import held_roles

PERSON = ("username", "first_name", "last_name", "email")

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
    """Accounts by their roles. Nobody changes their own standing; single permissions are given to nobody."""

    form = AccountForm
    add_form = NewAccountForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("groups", "is_active", "is_superuser")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": PERSON}),
        (_("Roles"), {"fields": ("roles", "is_superuser")}),
        (_("Standing"), {"fields": ("is_active", "waiting", "deactivating")}),
        (
            _("Signing in"),
            {"fields": ("date_joined", "last_login", "password_set", "phone", "codes_left", "open_sessions")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email")}),
        (_("Roles"), {"fields": ("roles",)}),
    )
    add_form_template = None
    change_form_template = "office/account.html"
    actions = ("end_sessions",)
    facts = (
        "date_joined", "last_login", "password_set", "phone", "codes_left", "open_sessions", "waiting", "deactivating",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Django's form by which one sets another's password is not among them: nobody knows another's."""
        rest = [url for url in super().get_urls() if url.name != "auth_user_password_change"]
        return [*account_acts.urls(self), *rest]

    @admin.action(description=_("End all sessions of the chosen accounts"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        ended = [user for user in queryset if self.has_change_permission(request, user)]
        for user in ended:
            accounts.end_sessions(user, request=request)
        self.message_user(request, gettext("Sessions ended of accounts: %(count)s") % {"count": len(ended)})

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.is_own = obj is not None and obj.pk == request.user.pk
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """One's own standing is in others' hands; only superusers make superusers."""
        if obj is not None and obj.pk == request.user.pk:
            return (*self.facts, "is_active", "is_superuser")
        return self.facts if _is_superuser(request) else (*self.facts, "is_superuser")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who has acted stays in the trail for ever: their account is deactivated and never deleted."""
        if obj is not None and (obj.pk == request.user.pk or accounts.has_acted(obj)):
            return False
        return super().has_delete_permission(request, obj)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = accounts.Standing.of(User.objects.get(pk=obj.pk)) if change else None
        obj.is_staff = True
        super().save_model(request, obj, form, change)
        if "roles" in form.cleaned_data and not getattr(form, "is_own", False):
            accounts.set_roles(obj, form.cleaned_data["roles"])
        fields = [name for name in form.changed_data if name in PERSON] if change else []
        accounts.tell_change(obj, before=before, fields=fields, request=request)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        record("staff.deleted", target=obj, request=request)
        super().delete_model(request, obj)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: User | None = None,
    ) -> HttpResponse:
        context["is_held"] = obj is not None and obj.pk != request.user.pk and bool(holds.held_by(obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and object_id == str(request.user.pk):
            messages.info(request, gettext("This is your own account: your roles and standing are in others’ hands."))
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("Roles"))
    def roles(self, user: User) -> str:
        """For who only reads."""
        return ", ".join(str(role.label) for role in held_roles(user)) or "–"

    @admin.display(description=_("deleting"))
    def deactivating(self, user: User) -> str:
        if user.pk and accounts.has_acted(user):
            return gettext("It has acted, and the trail keeps its name: take “active” away, it cannot be deleted.")
        return gettext("It has not acted yet: it can be deleted.")

    @admin.display(description=_("waits for a second administrator"))
    def waiting(self, user: User) -> str:
        names = ", ".join(each.get_username() for each in holds.held_by(user)) if user.pk else ""
        said = gettext("Changed by %(names)s: another administrator has to confirm it before it opens.")
        return said % {"names": names} if names else gettext("no")

    @admin.display(description=_("has a password"), boolean=True)
    def password_set(self, user: User) -> bool:
        return user.has_usable_password()

    @admin.display(description=_("has a second factor"), boolean=True)
    def phone(self, user: User) -> bool:
        return bool(user.pk) and second_factor.has_second_factor(user)

    @admin.display(description=_("recovery codes left"))
    def codes_left(self, user: User) -> int:
        return second_factor.unused_recovery_codes(user) if user.pk else 0

    @admin.display(description=pgettext_lazy("in how many browsers somebody is signed in", "open sessions"))
    def open_sessions(self, user: User) -> int:
        return sessions.open_sessions(user) if user.pk else 0


@admin.register(Group)
class StaffGroupAdmin(ReadOnlyAdmin[Group], GroupAdmin):
    """What each role may do. The table in office/roles.py says it: nobody changes it by a form."""

    list_display = ("name",)


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
        accounts.take_second_factor(obj.user, request=request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for user in User.objects.filter(pk__in=queryset.values("user")):
            accounts.take_second_factor(user, request=request)
