"""Looking at a photo that a supporter sends, and drawing it anew once all else is settled."""

import io
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from campaigns import pictures

LARGEST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000  # what a telephone makes; anyone may send a photo, and several at once
MOST_PIXELS_UNPACKED_WHOLE = 16_000_000  # of PNG and WebP, which cannot be unpacked at a smaller size
SHORTEST_SIDE = 200


def looked_at(file: "UploadedFile[Any]") -> IO[bytes]:
    """The file of a photo that can be drawn, as far as its header tells: quick, for nothing is unpacked.

    Raises `ValidationError` with what is wrong with it.
    """
    if (file.size or 0) > LARGEST_BYTES:
        sizes = {"size": filesizeformat(file.size or 0), "most": filesizeformat(LARGEST_BYTES)}
        raise ValidationError(_("This photo has %(size)s; the most is %(most)s. Make it smaller first.") % sizes)
    if file.file is None:
        raise ValidationError(_("The photo did not arrive. Please choose it again."))
    header = pictures.header_of(file.file, most_pixels=MOST_PIXELS)
    if header.kind != "JPEG" and header.width * header.height > MOST_PIXELS_UNPACKED_WHOLE:
        raise ValidationError(_("This photo has too many pixels. Make it smaller first."))
    if min(header.width, header.height) < SHORTEST_SIDE:
        raise ValidationError(_("This photo is too small to show. Each side needs 200 pixels or more."))
    if header.is_moving:
        raise ValidationError(_("This picture moves. Please send one that stands still."))
    return file.file


def drawn_anew(file: IO[bytes]) -> tuple[bytes, tuple[int, int]]:
    """The photo as WebP of our own making, without place, camera or time, and its size in pixels.

    It costs a second, so it is asked for last. Raises `ValidationError` and `campaigns.pictures.BusyError`.
    """
    webp = pictures.normalised(file, most_pixels=MOST_PIXELS)
    with Image.open(io.BytesIO(webp)) as kept:
        return webp, kept.size
