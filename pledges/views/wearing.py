"""The heart on one's own picture."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from blueheart.pages import public_page

HASHTAG = "#BlueHeart"
# Drawn by scripts/ready_made_hearts.py: file, what it is for, width, height, and what it shows.
READY_MADE = (
    (
        "profile-light.png",
        _("Profile picture, light"),
        1080,
        1080,
        _("A heart in two blues, one half held by the other, on a pale ground"),
    ),
    (
        "profile-deep.png",
        _("Profile picture, dark"),
        1080,
        1080,
        _("A heart in white and light blue, one half held by the other, on a dark blue ground"),
    ),
    (
        "story.png",
        _("Story, upright"),
        1080,
        1920,
        _("A heart in two blues high on a pale ground, a row of small blue hearts below it"),
    ),
    (
        "header.png",
        _("Header, wide"),
        1500,
        500,
        _("A row of hearts in white and light blue on a dark blue ground"),
    ),
)


@public_page(numbers=False)
def wear(request: HttpRequest) -> HttpResponse:
    """The tool works in the browser and sends nothing; without JavaScript there are ready-made pictures."""
    names = ("file", "name", "width", "height", "alt")
    pictures = [dict(zip(names, picture, strict=True)) for picture in READY_MADE]
    return render(request, "pledges/wear.html", {"pictures": pictures, "hashtag": HASHTAG})
