"""One file from its upload to its end: waiting, then imported or dropped, then perhaps undone."""

import datetime as dt
import hashlib
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.imports.importer import Acting, Importer, Written
from blueheart.imports.models import FileImport
from blueheart.refusals import RefusedError
from blueheart.trail.record import record

Status = FileImport.Status
WAITS = dt.timedelta(days=1)


@transaction.atomic
def upload(
    importer: Importer, *, target: str, file_name: str, content: bytes, options: dict[str, Any], acting: Acting
) -> FileImport:
    """Keep the file until somebody confirms or drops it; after a day it is dropped. Nothing of it is written yet."""
    file = FileImport.objects.create(
        kind=importer.kind,
        target=target,
        file_name=file_name[:160],
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        options=options,
        uploaded_by=acting.by,
    )
    record("file.uploaded", target=file, actor=acting.by, request=acting.request, detail=_detail(file))
    return file


@transaction.atomic
def confirm(importer: Importer, file: FileImport, acting: Acting) -> Written:
    """Write what the file says, all of it or nothing. Raises `RefusedError`; a second press finds it done."""
    file = _locked(file)
    if file.status != Status.WAITING:
        raise RefusedError(_("This file does not wait any more: it was imported or dropped."))
    if importer.read(file).problems:
        raise RefusedError(_("The file cannot be imported as it is. Nothing was written."))
    written = importer.write(file, acting)
    file.status, file.done_at, file.content = Status.DONE, timezone.now(), b""
    file.said, file.result = written.said[:300], written.result
    file.save()
    record("file.imported", target=file, actor=acting.by, request=acting.request, detail=_detail(file))
    return written


@transaction.atomic
def undo(importer: Importer, file: FileImport, acting: Acting, *, why: str) -> None:
    """Take back all that the file brought. Raises `RefusedError` where that cannot be: then nothing is taken back."""
    file = _locked(file)
    if file.status != Status.DONE:
        raise RefusedError(_("Only what was imported can be undone."))
    if not why.strip():
        raise RefusedError(_("Please say why."))
    importer.undo(file, acting, why.strip())
    file.status, file.undone_at, file.undone_by, file.why = Status.UNDONE, timezone.now(), acting.by, why.strip()
    file.save()
    record("file.undone", target=file, actor=acting.by, why=file.why, request=acting.request)


@transaction.atomic
def drop(file: FileImport, acting: Acting | None = None) -> None:
    """Forget a file that nobody confirmed; nobody acts where its day is over. Safe to call twice."""
    file = _locked(file)
    if file.status != Status.WAITING:
        return
    file.status, file.content = Status.DROPPED, b""
    file.save(update_fields=["status", "content"])
    by, request = (acting.by, acting.request) if acting else (None, None)
    record("file.dropped", target=file, actor=by, request=request, detail=_detail(file))


def due() -> int:
    """How many files have waited for longer than a day."""
    return FileImport.objects.waiting().filter(uploaded_at__lt=timezone.now() - WAITS).count()


def drop_old() -> int:
    """Drop the files that have waited for longer than a day: they may name people. Returns how many."""
    old = FileImport.objects.waiting().filter(uploaded_at__lt=timezone.now() - WAITS).defer("content")
    for file in old:
        drop(file)
    return len(old)


def _detail(file: FileImport) -> dict[str, str]:
    return {"kind": file.kind, "target": file.target, "sha256": file.digest}


def _locked(file: FileImport) -> FileImport:
    return FileImport.objects.select_for_update(of=["self"]).get(pk=file.pk)
