"""Files that staff uploaded, served by ourselves in development only: in production nginx does it."""

import mimetypes

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from blueheart.headers import SHOWN_KINDS

SANDBOX = "default-src 'none'; sandbox"


@require_safe
def media(request: HttpRequest, name: str) -> FileResponse:
    """The file, so that a browser neither guesses another kind nor runs anything in it."""
    try:
        file = default_storage.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:  # no such file, a folder, outside, a NUL
        raise Http404 from error
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(file, as_attachment=kind not in SHOWN_KINDS, content_type=kind)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
