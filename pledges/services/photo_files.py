"""Reading a photo that a supporter sends, before and while it is unpacked."""

import io
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from campaigns import pictures

LARGEST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000  # what a telephone makes; anyone may send a photo, and several at once
SHORTEST_SIDE = 200


def drawn_anew(file: "UploadedFile[Any]") -> tuple[bytes, tuple[int, int]]:
    """The photo as WebP of our own making, without place, camera or time, and its size in pixels.

    Raises `ValidationError` with what is wrong with it. Bytes and pixels are counted before anything is unpacked.
    """
    if (file.size or 0) > LARGEST_BYTES:
        sizes = {"size": filesizeformat(file.size or 0), "most": filesizeformat(LARGEST_BYTES)}
        raise ValidationError(_("This photo has %(size)s; the most is %(most)s. Make it smaller first.") % sizes)
    if file.file is None:
        raise ValidationError(_("The photo did not arrive. Please choose it again."))
    _look_at_header(file.file)
    file.file.seek(0)
    webp = pictures.normalised(file.file)
    with Image.open(io.BytesIO(webp)) as kept:
        return webp, kept.size


def _look_at_header(file: IO[bytes]) -> None:
    file.seek(0)
    try:
        with Image.open(file, formats=pictures.FORMATS) as opened:
            width, height = opened.size
            # Two pictures in one JPEG are a telephone's depth or brightness; the first is the photo.
            moves = opened.format in {"PNG", "WEBP"} and bool(getattr(opened, "is_animated", False))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("This photo has too many pixels. Make it smaller first.")) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(_("This is no photo that we can read. Send a JPEG, PNG or WebP file.")) from error
    if width * height > MOST_PIXELS or max(width, height) > pictures.LONGEST_SIDE:
        raise ValidationError(_("This photo has too many pixels. Make it smaller first."))
    if min(width, height) < SHORTEST_SIDE:
        raise ValidationError(_("This photo is too small to show. Each side needs 200 pixels or more."))
    if moves:
        raise ValidationError(_("This picture moves. Please send one that stands still."))
