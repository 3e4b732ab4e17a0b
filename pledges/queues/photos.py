"""Photos of hearts that wait for a person to look."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url, staff
from blueheart.moderation.queues import Act, Done, Item, Picture, Queue, Said
from pledges.models import HeartPhoto, Pledge
from pledges.queues.supporters import MODERATE, earlier_of, facts_of, help_act, name_of
from pledges.services import photos

WHY = [choice for choice in HeartPhoto.Refusal.choices if choice[0] != HeartPhoto.Refusal.MAY_NEED_HELP]


def _locked(pk: int) -> HeartPhoto | None:
    """Behind the lock of its pledge, as the services take it."""
    Pledge.objects.select_for_update().filter(pk__in=HeartPhoto.objects.filter(pk=pk).values("pledge")).first()
    rows = HeartPhoto.objects.select_for_update(of=("self",)).select_related("pledge__campaign")
    return rows.filter(pk=pk).first()


def _shown(photo: HeartPhoto) -> Item:
    picture = reverse("admin:pledges_heartphoto_picture", args=[photo.pk])
    hidden = _("The heart is hidden: its photo cannot be approved before the heart is shown again.")
    return Item(
        url=admin_url(photo, "look"),
        picture=Picture(picture, photo.width, photo.height, photo.alt),
        said=[Said(_("What it shows, as the supporter says"), photo.alt, photo.pledge.language)],
        facts=facts_of(photo.pledge),
        earlier=earlier_of(photo.pledge),
        warning=hidden if photo.pledge.hidden_at else "",
    )


def _approve(photo: HeartPhoto, _reason: str, request: HttpRequest) -> Done:
    photos.approve(photo_id=photo.pk, by=staff(request), request=request)
    return Done("again")


def _refuse(photo: HeartPhoto, reason: str, request: HttpRequest) -> Done:
    photos.refuse(photo_id=photo.pk, reason=reason, by=staff(request), request=request)
    return Done("again")


def _again(photo: HeartPhoto, _how: str, request: HttpRequest) -> bool:
    photos.look_again(photo_id=photo.pk, request=request)
    return True


QUEUE = Queue(
    name="photos",
    label=_("Photos of hearts"),
    one=_("Heart %(name)s"),
    name_of=lambda photo: name_of(photo.pledge),
    about=_("Photos of hearts as they were worn. No photo of a child is published."),
    permissions=[MODERATE],
    rows=lambda: HeartPhoto.objects.to_look_at().select_related("pledge__campaign").order_by("pk"),
    since="added_at",
    shown=_shown,
    state=lambda photo: (photo.alt, photo.status),
    locked=_locked,
    acts=[
        Act("approve", "A", _("Approve"), _("You approved the photo of heart %(name)s."), _approve, is_default=True),
        Act("refuse", "R", _("Refuse"), _("You refused the photo of heart %(name)s."), _refuse, reasons=WHY),
        help_act(lambda photo: photo.pledge_id),
    ],
    undo=_again,
)
