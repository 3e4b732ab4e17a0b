"""Pictures drawn once and kept on disk; a picture's name is made of all that goes into it, so an edit renews it."""

import hashlib
import logging
import os
import threading
from functools import cache
from pathlib import Path

from django.conf import settings

from campaigns.share.picture import HEART, Picture, png
from campaigns.share.typesetting import FONTS

MOST_FILES = 6000  # about 30 kB each; every page in every language is a third of it
log = logging.getLogger(__name__)


def name_of(picture: Picture) -> str:
    """The picture's name: another one as soon as a word, a font, the heart or the way of drawing changes."""
    return hashlib.sha256(f"{_look()}{picture!r}".encode()).hexdigest()[:40]


@cache
def _look() -> str:
    sources = [*sorted(Path(__file__).parent.glob("*.py")), FONTS / "SHA256SUMS", HEART]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def picture_file(picture: Picture) -> bytes:
    """The picture as a PNG, drawn only where it is not kept yet.

    Where the disk takes nothing it is drawn each time: readers miss nothing, and the log says why it is slow.
    """
    kept = _folder() / f"{name_of(picture)}.png"
    try:
        return kept.read_bytes()
    except OSError:
        content = png(picture)
    try:
        _keep(kept, content)
    except OSError as error:
        log.warning("a share picture could not be kept: %s", error)
    return content


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "share"
    return folder


def _keep(path: Path, content: bytes) -> None:
    """Write the file in one step: another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _make_room(path.parent)


def _make_room(folder: Path) -> None:
    """Remove the oldest tenth of the files once there are too many; another process may be at it too."""
    names = os.listdir(folder)
    if len(names) <= MOST_FILES:
        return
    ages = sorted((age, path) for path in (folder / name for name in names) if (age := _written_at(path)) is not None)
    for _age, path in ages[: len(names) - MOST_FILES * 9 // 10]:
        path.unlink(missing_ok=True)


def _written_at(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None
