"""Pictures made ready for pages: upright, without what a camera adds, and in the widths that pages ask for."""

import hashlib
import io
from collections.abc import Callable
from functools import lru_cache
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from campaigns.models import Picture

LARGEST_WIDTH = 1600
SMALLER_WIDTHS = (480, 960)
MOST_PIXELS = 40_000_000  # a small file can unpack to more than memory holds
LONGEST_SIDE = 16_383  # WebP has no larger pictures
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80


class Kept(NamedTuple):
    """A stored picture: its name in the storage, and its size in pixels."""

    name: str
    width: int
    height: int


def normalised(file: IO[bytes]) -> bytes:
    """The picture as WebP of at most 1,600 pixels' width, upright, without place, camera or time.

    Raises `ValidationError` where it is no picture that we take, or too large to unpack.
    """
    try:
        with Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:
                raise ValidationError(_("This picture has too many pixels: make it smaller first."))
            upright = ImageOps.exif_transpose(opened)
            kept = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    # Pillow says SyntaxError and ValueError of what it cannot read within a file: a camera's notes, a PNG's chunks.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no picture that we can read: send a JPEG, PNG or WebP file.")) from error
    return _webp(_at_most(kept, LARGEST_WIDTH))


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
        return _webp(_at_most(full, width))


def _at_most(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()
