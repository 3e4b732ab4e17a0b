"""Names of files: ours where we make them, harmless where they came from somebody."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import Resource

HOSTILE = [
    "../../evil.pdf",
    "..\\..\\evil.pdf",
    "/etc/evil.pdf",
    "evil\x00.pdf",
    'a"; name="b.html\r\nX-Evil: 1.pdf',
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_lead_out_of_its_folder(name):
    field = Resource._meta.get_field("file")
    upload = SimpleUploadedFile(name, b"%PDF-")
    try:
        kept = default_storage.save(field.generate_filename(Resource(), upload.name), ContentFile(b"%PDF-"))
    except SuspiciousFileOperation:
        return

    place = Path(default_storage.path(kept)).resolve()
    assert place.is_relative_to(Path(settings.MEDIA_ROOT).resolve())
    assert not set('"\r\n\x00/\\') & set(place.name)


@pytest.mark.parametrize("name", ["../evil.pdf", "a/../../evil.pdf"])
def test_a_path_out_of_the_storage_is_refused(name):
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save(name, io.BytesIO(b""))


@pytest.mark.django_db
def test_a_download_has_a_name_of_ours():
    """Whatever the address says: the name is that of the list, or is quoted as RFC 6266 wants it."""
    listed = Client().get("/en/facts/?format=csv&filename=evil.exe%0d%0aX-Evil:1")
    assert "evil" not in listed.headers.get("Content-Disposition", "")
    assert "X-Evil" not in listed.headers

    default_storage.save('odd "name".pdf', ContentFile(b"%PDF-"))
    answer = Client().get("/media/odd%20%22name%22.pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="odd \\"name\\".pdf"'
    answer.close()
