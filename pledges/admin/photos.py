"""Photos of hearts: staff look at them one by one, and nobody else does before."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, answer, linked, require, staff
from blueheart.pages.media import SANDBOX
from blueheart.refusals import RefusedError
from pledges.admin.acting import RefusePhotoForm
from pledges.admin.by_heart import FoundByHeart
from pledges.models import HeartPhoto, HeldPhoto
from pledges.services import helping, photos

MODERATE = "pledges.moderate_pledge"


@admin.register(HeartPhoto)
class HeartPhotoAdmin(FoundByHeart):
    list_display = ("small", "status", "alt", "heart", "refused_for", "added_at", "decided_at", "decided_by")
    list_display_links = ("small", "status")
    list_filter = ("status", "refused_for")
    moments = "added_at"
    list_select_related = ("pledge", "decided_by")
    ordering = ("-pk",)
    fields = (
        "large",
        "alt",
        "consent_version",
        "heart",
        "status",
        "refused_for",
        "added_at",
        "decided_at",
        "decided_by",
    )
    readonly_fields = ("large", "heart")
    change_form_template = "admin/pledges/heartphoto/change_form.html"

    @admin.display(description=gettext_lazy("photo"))
    def small(self, photo: HeartPhoto) -> SafeString:
        return _picture(photo, "photo-small")

    @admin.display(description=gettext_lazy("photo"))
    def large(self, photo: HeartPhoto) -> SafeString:
        return _picture(photo, "photo-large")

    @admin.display(description=gettext_lazy("heart"))
    def heart(self, photo: HeartPhoto) -> SafeString:
        return linked(photo.pledge)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?pledge__email__startswith=`: its answers would unmask the address, letter by letter."""
        return "pledge" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MODERATE) or super().has_view_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/picture/", view(self.picture), name="pledges_heartphoto_picture"),
            path("<int:pk>/look/", view(self.look), name="pledges_heartphoto_look"),
        ]
        return [*own, *super().get_urls()]

    def picture(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The picture itself, for staff: the only way to one that is not public."""
        if not self.has_view_permission(request):
            require(request, MODERATE)
        photo = get_object_or_404(HeartPhoto, pk=pk)
        response = HttpResponse(_bytes_of(photo), content_type="image/webp")
        response.headers["Content-Security-Policy"] = SANDBOX
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve a photo, refuse it for a reason, or take either back."""
        require(request, MODERATE)
        photo = get_object_or_404(HeartPhoto.objects.select_related("pledge"), pk=pk)
        facts = [
            (_("Photo"), _picture(photo, "photo-large")),
            (_("What it shows, as the supporter says"), photo.alt),
            (_("Heart"), linked(photo.pledge)),
            (_("Now"), photo.get_status_display()),
            (_("Why refused"), photo.get_refused_for_display()),
        ]
        page = ActPage(self, photo, _("Look at a photo"), facts, _buttons(photo, request), judged=(photo.alt,),
                       is_claimed=True)  # fmt: skip
        return answer(page, request, RefusePhotoForm(request.POST or None))


def _buttons(photo: HeartPhoto, request: HttpRequest) -> list[Button]:
    def approve(_given: dict[str, Any]) -> str:
        photos.approve(photo_id=photo.pk, by=staff(request), request=request)
        return _("The photo is public.")

    def refuse(given: dict[str, Any]) -> str:
        reason = given["reason"]
        if not reason:
            raise RefusedError(_("Choose the reason. Nothing was changed."))
        if reason == HeartPhoto.Refusal.MAY_NEED_HELP:
            helping.may_need_help(pledge_id=photo.pledge_id, request=request)
            return _("Nothing of this supporter is published. Whoever answers for help was told by mail.")
        photos.refuse(photo_id=photo.pk, reason=reason, by=staff(request), request=request)
        return _("The photo is refused. It is deleted in a week.")

    def look_again(_given: dict[str, Any]) -> str:
        photos.look_again(photo_id=photo.pk, request=request)
        return _("The photo waits to be looked at again.")

    return [
        Button("approve", _("Approve"), approve, is_default=True),
        Button("refuse", _("Refuse, for the reason chosen"), refuse),
        Button("look-again", _("Undo: let it wait again"), look_again),
    ]


def _picture(photo: HeartPhoto, css_class: str) -> SafeString:
    url = reverse("admin:pledges_heartphoto_picture", args=[photo.pk])
    return format_html(
        '<img class="{}" src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
        css_class, url, photo.width, photo.height, photo.alt,
    )  # fmt: skip


def _bytes_of(photo: HeartPhoto) -> bytes:
    """Raises Http404 for a picture that was deleted after it was refused."""
    if photo.status == HeartPhoto.Status.APPROVED:
        try:
            with photo.file.open("rb") as file:
                content: bytes = file.read()
        except FileNotFoundError as error:
            raise Http404 from error
        return content
    return bytes(get_object_or_404(HeldPhoto, photo=photo).webp)
