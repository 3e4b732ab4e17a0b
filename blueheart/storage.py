"""Files that staff and supporters send, in a bucket that speaks S3 (STORAGE_URL), where several machines find them.

Visitors fetch them from MEDIA_URL: the bucket's own host, or one in front of it. As on a disk behind nginx, a browser
shows pictures and downloads all else, so that nothing in a file can run as a page of that host.
"""

import mimetypes
from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from blueheart.headers import SHOWN_KINDS

AN_HOUR = "public, max-age=3600"
CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 10, 2


class MediaInBucket(S3Storage):  # type: ignore[misc] # it has no types
    """Django's storage of uploads; each object carries what its readers' browsers have to be told."""

    def __init__(self, **options: Any) -> None:
        """A stand-in for Amazon's is asked by paths, since a bucket's name in front of its host wants DNS for each, and
        sent no checksums in trailers, which few of them read."""
        config = Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, file_overwrite=False, default_acl=None, **options)

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """What S3 sends along as headers. `nosniff` is none that it knows: the host in front of it adds that one by
        the metadata, and without it the kind that is told here is still one that no browser runs."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        is_shown = kind in SHOWN_KINDS
        return {
            "ContentType": kind if is_shown else "application/octet-stream",
            "ContentDisposition": "inline" if is_shown else "attachment",
            "CacheControl": AN_HOUR,
            "Metadata": {"x-content-type-options": "nosniff"},
        }

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        """Where visitors read it; no secret is in it, and the bucket is not asked."""
        path: str = filepath_to_uri(name)
        return str(urljoin(settings.MEDIA_URL, path.lstrip("/")))
