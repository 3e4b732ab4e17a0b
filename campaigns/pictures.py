"""Pictures made ready for pages: upright, without what a camera adds, and in the widths that pages ask for."""

import hashlib
import io
import re
import struct
from collections.abc import Callable
from functools import lru_cache
from threading import BoundedSemaphore
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from campaigns.models import Picture

LARGEST_WIDTH = 1600
TALLEST = 2 * LARGEST_WIDTH
SMALLER_WIDTHS = (480, 960)
MOST_PIXELS = 40_000_000  # a small file can unpack to more than memory holds
LONGEST_SIDE = 16_383  # WebP has no larger pictures
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80
# Encoders write ten scans. Each is gone through with every block of the picture, so thousands cost minutes.
MOST_SCANS = 64
MOST_SCANNED_PIXELS = 400_000_000
DRAWN_AT_ONCE = 2  # in one process; each takes about a second and a hundred megabytes
WAIT_SECONDS = 1.0
LYING = frozenset({5, 6, 7, 8})  # EXIF's orientations that change width and height
ORIENTATION = 0x0112
# Of a JPEG. Between 0xFF and what follows there may be more of them; 0xFF 0x00 and restarts stand within a scan.
MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
START_OF_SCAN, END_OF_IMAGE, TEMPORARY = 0xDA, 0xD9, 0x01
# Lossless, hierarchic and arithmetic ones: no camera and no browser writes them, and some decoders are slow at them.
UNUSUAL_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
# What Pillow says of what it cannot read within a file: a camera's notes, a PNG's chunks. Where warnings are errors, as
# in our tests, its warnings too.
UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, UserWarning)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

_places = BoundedSemaphore(DRAWN_AT_ONCE)


class BusyError(Exception):
    """As many pictures as we draw at once are being drawn; the next one is taken in a moment."""


class Kept(NamedTuple):
    """A stored picture: its name in the storage, and its size in pixels."""

    name: str
    width: int
    height: int


class Header(NamedTuple):
    """What a picture says of itself before anything is unpacked; `kind` is one of `FORMATS`."""

    kind: str
    width: int
    height: int
    is_moving: bool


def header_of(file: IO[bytes], *, most_pixels: int | None = None) -> Header:
    """Look at a picture without unpacking it: quick, whatever it holds. The file is read from its beginning.

    Raises `ValidationError` where it is no picture that we take, or one that would cost too much to unpack.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as opened:
            width, height = opened.size
            kind = "JPEG" if opened.format == "MPO" else str(opened.format)
            # Two pictures in one JPEG are a telephone's depth or brightness; the first is the photo.
            moves = kind != "JPEG" and bool(getattr(opened, "is_animated", False))
    except BOMBS as error:
        raise ValidationError(_("This picture has too many pixels: make it smaller first.")) from error
    except UNREADABLE as error:
        raise ValidationError(_("This is no picture that we can read: send a JPEG, PNG or WebP file.")) from error
    if width * height > (most_pixels or MOST_PIXELS) or max(width, height) > LONGEST_SIDE:
        raise ValidationError(_("This picture has too many pixels: make it smaller first."))
    if kind == "JPEG":
        _count_scans(file, width * height)
    return Header(kind, width, height, moves)


def normalised(file: IO[bytes], *, most_pixels: int | None = None) -> bytes:
    """The picture as WebP, upright, at most 1,600 pixels wide and 3,200 tall, without place, camera or time.

    Raises `ValidationError` where it is no picture that we take, or too large to unpack, and `BusyError` where others
    are being drawn: unpacking costs a second and a hundred megabytes. So ask for it last.
    """
    header_of(file, most_pixels=most_pixels)
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise BusyError
    try:
        return _drawn(file)
    except UNREADABLE as error:
        raise ValidationError(_("This is no picture that we can read: send a JPEG, PNG or WebP file.")) from error
    finally:
        _places.release()


def _drawn(file: IO[bytes]) -> bytes:
    file.seek(0)
    with Image.open(file, formats=FORMATS) as opened:
        lies = opened.getexif().get(ORIENTATION) in LYING
        box = (TALLEST, LARGEST_WIDTH) if lies else (LARGEST_WIDTH, TALLEST)
        opened.draft("RGB", _within(opened.size, box))  # a JPEG is unpacked no larger than it needs to be
        mode = "RGBA" if opened.has_transparency_data else "RGB"
        kept = opened if opened.mode == mode else opened.convert(mode)
        kept.thumbnail(box, Image.Resampling.LANCZOS)
        ImageOps.exif_transpose(kept, in_place=True)
        return _webp(kept)


def _count_scans(file: IO[bytes], pixels: int) -> None:
    """Walk a JPEG from marker to marker, as its decoder does. Raises `ValidationError` for one that is made to cost."""
    file.seek(0)
    data = file.read()
    place, scans = 2, 0
    while (marker := MARKER.search(data, place)) and (kind := marker[0][-1]) != END_OF_IMAGE:
        place = marker.end()
        if kind in UNUSUAL_FRAMES:
            raise ValidationError(_("This is no picture that we can read: send a JPEG, PNG or WebP file."))
        scans += kind == START_OF_SCAN
        if kind != TEMPORARY:
            place += int.from_bytes(data[place : place + 2], "big")
    if scans > MOST_SCANS or scans * pixels > MOST_SCANNED_PIXELS:
        raise ValidationError(_("This picture is packed in a way that takes too long to unpack: save it anew first."))


def keep(slug: str, webp: bytes) -> Kept:
    """Keep a normalised picture and its smaller widths below a name made of what it holds.

    Safe to repeat: an old page and a new one each find their own files.
    """
    stem = f"pictures/{slug}-{hashlib.sha256(webp).hexdigest()[:10]}"
    _keep(f"{stem}.webp", lambda: webp)
    with Image.open(io.BytesIO(webp)) as full:
        kept = Kept(f"{stem}.webp", *full.size)
    for width in SMALLER_WIDTHS:
        if width < kept.width:
            _keep(f"{stem}-{width}.webp", lambda width=width: _narrowed(webp, width))  # type: ignore[misc]
    return kept


def srcset(picture: Picture) -> str:
    """Every width that there is of the picture, for the browser to choose from."""
    name = str(picture.file.name)
    smaller = [(name.replace(".webp", f"-{width}.webp"), width) for width in SMALLER_WIDTHS]
    widths = [pair for pair in smaller if pair[1] < picture.width] + [(name, picture.width)]
    return ", ".join(f"{default_storage.url(name)} {width}w" for name, width in widths)


def _keep(name: str, data: Callable[[], bytes]) -> None:
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data()))


@lru_cache(maxsize=16)
def _narrowed(webp: bytes, width: int) -> bytes:
    """The picture at a smaller width; kept a while: the drawings of the content files are stored more than once."""
    with Image.open(io.BytesIO(webp)) as full:
        return _webp(full.resize((width, round(full.height * width / full.width)), Image.Resampling.LANCZOS))


def _within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
