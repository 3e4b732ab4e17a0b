"""The Django admin as the campaign's office: only staff who have shown a password and a second factor come in."""

from functools import partial, wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django_otp import DEVICE_ID_SESSION_KEY

from blueheart.admin.acts import staff
from blueheart.trail.record import record
from office.home import page as home
from office.home.menu import Lists, lists_for
from office.signing_in import again, holds, kept_form, own_account, password_links, sessions
from office.signing_in import pages as sign_in
from office.site_map import PAGES
from office.viewing import noted


class OfficeAdminSite(AdminSite):
    site_header = _("Blue Heart office")
    site_title = _("Blue Heart office")
    index_title = _("Office")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person is staff, has shown a second factor in this session, and its time is not up."""
        is_inside = super().has_permission(request) and request.user.is_verified()  # type: ignore[union-attr]
        return is_inside and not sessions.is_over(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Behind the door: each request is a sign of the person; one that comes too late is kept and leads back.

        What changes accounts asks for both factors again.
        """
        inside = super().admin_view(noted(view), cacheable)

        @wraps(inside)
        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and sessions.is_over(request):
                return sign_in.ended(request)
            if self.has_permission(request):
                sessions.touch(request)
                if again.is_wanted(request):
                    return again.ask(request)
            answer: HttpResponse = inside(request, *args, **kwargs)
            if request.method == "POST":
                kept_form.sent(request)
            return answer

        return watched

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Tell a session without a second factor nothing about the office, not even what there is."""
        context = super().each_context(request)
        if not context["has_permission"]:
            context |= {"available_apps": Lists(), "log_entries": []}
        return context

    def get_urls(self) -> list[URLResolver | URLPattern]:
        own = [
            path("login/code/", self._before_the_door(self.code), name="code"),
            path("login/recovery/", self._before_the_door(self.recovery), name="recovery"),
            path("login/enrol/", self._before_the_door(self.enrol), name="enrol"),
            path("login/again/", self.admin_view(partial(again.page, site=self)), name="again"),
            path(
                "login/password/<str:token>/",
                self._before_the_door(partial(password_links.page, site=self)),
                name="set_password",
            ),
            path("login/leave/", self._before_the_door(sign_in.leave), name="leave"),
            path("login/time-left/", never_cache(partial(own_account.time_left, site=self)), name="time_left"),
            path("login/kept/", self.admin_view(partial(own_account.kept, site=self)), name="kept"),
            path("recovery-codes/", self.admin_view(self.renew_codes), name="recovery_codes"),
            path("my-account/", self.admin_view(partial(own_account.page, site=self)), name="my_account"),
        ]
        return [*own, *(page.url_pattern(self) for page in PAGES), *super().get_urls()]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask for the password; whoever has shown it goes on to the second factor."""
        if request.user.is_authenticated and sessions.is_over(request):
            sign_in.end(request)
        if request.method != "POST":
            if sign_in.knows_password(request) and not self.has_permission(request):
                return sign_in.next_step(request)
            return super().login(request, extra_context)
        if not sign_in.may_try_password(request):
            return sign_in.locked_out(request)
        response = super().login(request, extra_context)
        if isinstance(response, TemplateResponse):  # the form again
            record("office.password-refused", request=request)
            return response
        if holds.is_held(staff(request)):
            return sign_in.held_out(request)
        request.session.pop(DEVICE_ID_SESSION_KEY, None)
        sign_in.expire(request, sign_in.PASSWORD_ONLY)
        record("office.password-accepted", request=request)
        return sign_in.next_step(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        if request.method == "POST":
            record("office.signed-out", request=request)
        return sign_in.swept(super().logout(request, extra_context))

    def password_change(  # type: ignore[override]  # django-stubs: only the form's answer
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Change one's own password; every other session ends."""
        request.current_app = self.name
        context = {**self.each_context(request), **(extra_context or {})}
        url = reverse("admin:password_change_done")
        return own_account.PasswordChange.as_view(success_url=url, extra_context=context)(request)

    def code(self, request: HttpRequest) -> HttpResponse:
        return sign_in.code(request, self)

    def recovery(self, request: HttpRequest) -> HttpResponse:
        return sign_in.recovery(request, self)

    def enrol(self, request: HttpRequest) -> HttpResponse:
        if self.has_permission(request) and not sessions.is_fresh(request):
            return again.ask(request, keeps=False)
        return sign_in.enrol(request, self)

    def renew_codes(self, request: HttpRequest) -> HttpResponse:
        return sign_in.renew_codes(request, self)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """All lists by the sections of the office; those of one app under its own name, as Django has them."""
        of_apps = super().get_app_list
        return of_apps(request, app_label) if app_label else lists_for(request, partial(of_apps, request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The office's home: what waits for the person, how it goes, then everything they may open."""
        return super().index(request, home.context(request, self) | (extra_context or {}))

    def _before_the_door(self, view: Any) -> Any:
        return never_cache(csrf_protect(view))
