"""What staff may put on the site for everybody to download: files that are what their names say, and not too large."""

from typing import Any

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

LARGEST_UPLOAD = 25 * 1024 * 1024
HEAD = 4096

# How a file of each kind begins. No SVG and no HTML: both can carry scripts that would run as ours.
ZIP = (b"PK\x03\x04",)
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "webp": (b"RIFF",),
    "mp4": (),
    "zip": ZIP,
    "docx": ZIP,
    "pptx": ZIP,
    "odt": ZIP,
    "odp": ZIP,
    "csv": (),
}
# What stands a little further in, by kind: an offset and the bytes there.
LATER: dict[str, tuple[int, bytes]] = {
    "webp": (8, b"WEBP"),
    "mp4": (4, b"ftyp"),
    "odt": (30, b"mimetypeapplication/vnd.oasis.opendocument.text"),
    "odp": (30, b"mimetypeapplication/vnd.oasis.opendocument.presentation"),
}
FILE_TYPES = tuple(BEGINNINGS)


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_what_it_says(file: Any) -> None:
    """Raises `ValidationError` where a new file's first bytes are not those of its name's kind."""
    if _is_stored(file):
        return
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if not _begins_as(extension_of(file.name), head):
        raise ValidationError(
            _("This file is not what its name says. We take: %(kinds)s."),
            code="file-is-another-kind",
            params={"kinds": ", ".join(FILE_TYPES)},
        )


def is_not_too_large(file: Any) -> None:
    """Raises `ValidationError` beyond 25 MB: larger things are better linked to."""
    if not _is_stored(file) and file.size > LARGEST_UPLOAD:
        raise ValidationError(
            _("This file has %(size)s; the most is %(most)s. Link to a larger one where it stands."),
            code="file-is-too-large",
            params={"size": filesizeformat(file.size), "most": filesizeformat(LARGEST_UPLOAD)},
        )


def _is_stored(file: Any) -> bool:
    """Whether it was judged when it came, and may even have gone from the disk since."""
    return getattr(file, "_committed", False)


def _begins_as(kind: str, head: bytes) -> bool:
    if kind == "csv":
        return _is_text(head)
    if kind not in BEGINNINGS:
        return False
    offset, mark = LATER.get(kind, (0, b""))
    starts = BEGINNINGS[kind]
    return (not starts or head.startswith(starts)) and head[offset : offset + len(mark)] == mark


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 text that no browser would take for a page."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end < len(head):  # a letter cut in two at the end is none of the file's faults
            return False
        text = head[: error.start].decode("utf-8-sig")
    return "\x00" not in text and not text.lstrip().startswith("<")
