"""Ada shows a picture: it says what it shows and who made it, and nothing of where it was taken."""

import io
import struct
from zlib import compress, crc32

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.template import Context, Template
from django.urls import reverse
from PIL import Image

from campaigns import content
from campaigns.models import Picture
from campaigns.pictures import keep, normalised
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

ADD = "/staff/campaigns/picture/add/"


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def photograph(*, size=(2000, 1000), kind="JPEG", orientation=1) -> bytes:
    """A photograph that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    out = io.BytesIO()
    Image.new("RGB", size, "#009edb").save(out, kind, exif=exif)
    return out.getvalue()


def described(**more):
    fields = {"slug": "pin", "alt_en": "A pin on a coat.", "credit": "Ada", "licence": "CC BY 4.0"} | more
    return fields | {"file": SimpleUploadedFile(*fields.pop("upload", ("pin.jpg", photograph())))}


def test_upload_is_kept_smaller_upright_and_without_its_place(desk):
    answer = desk.post(ADD, described(upload=("pin.jpg", photograph(orientation=6))))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    picture = Picture.objects.get()
    with picture.file as stored, Image.open(stored) as kept:
        assert (kept.format, kept.size) == ("WEBP", (1000, 2000))
        assert not kept.getexif()
    assert (picture.width, picture.height) == (1000, 2000)


def test_page_offers_the_widths_with_description_and_credit(desk):
    desk.post(ADD, described())
    shown = Template("{% load pictures %}{% picture row %}").render(Context({"row": Picture.objects.get()}))

    stem = Picture.objects.get().file.url.removesuffix(".webp")
    assert f'srcset="{stem}-480.webp 480w, {stem}-960.webp 960w, {stem}.webp 1600w"' in shown
    assert 'alt="A pin on a coat."' in shown
    assert "<bdi>Ada</bdi> · <bdi>CC BY 4.0</bdi>" in shown
    assert all(default_storage.exists(f"{stem.removeprefix('/media/')}{end}.webp") for end in ("", "-480", "-960"))


def test_no_picture_shows_nothing():
    assert Template("{% load pictures %}{% picture row %}").render(Context({"row": None})).strip() == ""


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (("pin.png", b"<svg onload=alert(1)>"), "valid image"),
        (("pin.png", photograph(kind="PNG")[:80]), "valid image"),
        (("pin.webp", b""), "empty"),
        (("pin.svg", photograph()), "svg"),
    ],
)
def test_file_that_is_no_picture_is_refused_and_says_why(desk, upload, why):
    answer = desk.post(ADD, described(upload=upload))

    assert why in str(answer.context["adminform"].form.errors["file"])
    assert not Picture.objects.exists()


def test_picture_that_would_fill_the_memory_is_refused(desk, monkeypatch):
    monkeypatch.setattr("campaigns.pictures.MOST_PIXELS", 10_000)

    answer = desk.post(ADD, described())

    assert "too many pixels" in str(answer.context["adminform"].form.errors["file"])


@pytest.mark.parametrize("missing", ["alt_en", "credit", "licence"])
def test_picture_needs_description_credit_and_licence(desk, missing):
    answer = desk.post(ADD, described(**{missing: ""}))

    assert missing in answer.context["adminform"].form.errors
    assert not Picture.objects.exists()


def test_database_refuses_a_picture_without_description():
    with pytest.raises(IntegrityError, match="picture_says_what_it_shows"), transaction.atomic():
        Picture.objects.create(slug="pin", file="pictures/x.webp", width=1, height=1, credit="Ada", licence="CC0")


def test_list_shows_them_small(desk):
    desk.post(ADD, described())
    assert 'class="office-thumbnail"' in desk.get(reverse("admin:campaigns_picture_changelist")).content.decode()


def test_same_picture_twice_is_kept_once_and_a_new_one_beside_it():
    webp = normalised(io.BytesIO(photograph()))
    other = normalised(io.BytesIO(photograph(size=(500, 500))))

    assert keep("pin", webp) == keep("pin", webp)
    assert keep("pin", other).name != keep("pin", webp).name
    assert len(default_storage.listdir("pictures")[1]) == 5


def test_loaded_drawings_have_their_files_and_come_back_when_media_are_lost(loaded):
    for picture in Picture.objects.all():
        picture.file.storage.delete(picture.file.name)
    counts = content.load()

    assert Picture.objects.count() >= 5
    assert all(default_storage.exists(picture.file.name) for picture in Picture.objects.all())
    assert {label: count for label, count in counts.items() if count} == {}


def png_with(kind: bytes, data: bytes) -> bytes:
    """A picture with one more chunk behind its pixels."""
    out = io.BytesIO()
    Image.new("RGB", (50, 50)).save(out, "PNG")
    whole = out.getvalue()
    end = whole.rindex(b"IEND") - 4
    return (
        whole[:end] + struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data)) + whole[end:]
    )


@pytest.mark.parametrize(
    "picture",
    [
        png_with(b"eXIf", b"no camera wrote this"),
        png_with(b"zTXt", b"a\0\0" + compress(b"x" * 80_000_000)),
        png_with(b"fcTL", b"a"),
        photograph(size=(1, 20_000), kind="PNG"),
    ],
    ids=["camera", "bomb of text", "cut short", "too tall for WebP"],
)
def test_malformed_picture_is_refused_in_words(desk, picture):
    answer = desk.post(ADD, described(upload=("pin.png", picture)))

    assert answer.status_code == 200
    assert "file" in answer.context["adminform"].form.errors
    assert not Picture.objects.exists()
