"""A photo of the heart: drawn anew, seen by nobody before staff have looked, gone when it is refused."""

import datetime as dt
import io
import os
import struct
import threading
import zlib

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from blueheart import tokens
from blueheart.trail.models import Entry
from campaigns import pictures
from pledges.models import Fulfilment, HeartPhoto, HeldPhoto, MailedLink, Pledge
from pledges.services import managing, photo_files, photos
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db
ON_COMMIT = pytest.mark.usefixtures("committing")


@pytest.fixture
def committing(django_capture_on_commit_callbacks, monkeypatch):
    """What is done when a transaction commits is done at once: these tests never commit."""
    monkeypatch.setattr(transaction, "on_commit", lambda done: done())


@pytest.fixture
def sam():
    heart = HeartFactory()
    token, digest = tokens.mint()
    MailedLink.objects.create(
        pledge=heart, purpose="kept", digest=digest, expires_at=timezone.now() + dt.timedelta(days=1)
    )
    heart.path = f"/en/pledge/kept/{token}/"
    return heart


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def picture(kind: str = "JPEG", size=(320, 240), **kwargs) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#009edb").save(out, kind, **kwargs)
    return out.getvalue()


def send(client, heart, content: bytes = b"", name: str = "heart.jpg", **changes):
    fields = {
        "answer": "done",
        "kept": [heart.precepts.get().pk],
        "words": "",
        "alt": "A blue heart on a coat",
        "agreed": "on",
        "is_16_or_older": "on",
    }
    fields = {key: value for key, value in (fields | changes).items() if value is not None}
    if content:
        fields["photo"] = SimpleUploadedFile(name, content)
    return client.post(heart.path, fields)


def held(heart=None, **kwargs) -> HeartPhoto:
    photo = photos.put(heart or HeartFactory(), webp=picture("WEBP"), size=(320, 240), alt="A heart")
    for name, value in kwargs.items():
        setattr(photo, name, value)
    photo.save()
    return photo


def act(desk, photo, name: str, **fields):
    return desk.post(reverse("admin:pledges_heartphoto_look", args=[photo.pk]), {"act": name, **fields}, follow=True)


def files() -> list[str]:
    return default_storage.listdir("hearts")[1] if default_storage.exists("hearts") else []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_is_kept_as_webp_and_has_no_file(client, sam, kind):
    assert send(client, sam, picture(kind)).status_code == 302

    photo = HeartPhoto.objects.get()
    webp = bytes(photo.held.webp)
    assert (photo.status, photo.alt, photo.width, photo.height) == ("waiting", "A blue heart on a coat", 320, 240)
    assert Image.open(io.BytesIO(webp)).format == "WEBP"
    assert (photo.file.name, files()) == ("", [])


def test_place_camera_and_what_hides_behind_the_picture_are_left_out(client, sam):
    exif = Image.Exif()
    exif[0x010F] = "Camera of Sam"
    exif[0x0112] = 6  # lies on its side
    send(client, sam, picture(exif=exif) + b"<script>alert(1)</script>PK\x03\x04")

    webp = bytes(HeldPhoto.objects.get().webp)
    kept = Image.open(io.BytesIO(webp))
    assert kept.size == (240, 320)
    assert not kept.getexif()
    assert b"Camera of Sam" not in webp
    assert b"script" not in webp


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def scanned(scans: int, size=(400, 400)) -> bytes:
    """A JPEG that is gone through so many times more than it needs."""
    whole = picture(size=size, progressive=True)
    last = whole.rfind(b"\xff\xda")
    return whole[:last] + whole[last:-2] * scans + b"\xff\xd9"


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (240, 240), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


WRONG = {
    "text": (b"hello", "no picture that we can read"),
    "page": (b"<html><script>alert(1)</script></html>", "no picture that we can read"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "no picture that we can read"),
    "cut off": (picture()[:400], "no p"),
    "only its beginning": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "no picture that we can read"),
    "gif": (picture("GIF"), "no picture that we can read"),
    "tiff": (picture("TIFF"), "no picture that we can read"),
    "bomb": (png_header(60_000, 60_000), "too many pixels"),
    "larger than we unpack": (png_header(9_000, 9_000), "too many pixels"),
    "larger than a telephone makes": (png_header(5_500, 5_000), "too many pixels"),
    "long": (png_header(20_000, 300), "too many pixels"),
    "small": (picture(size=(100, 300)), "too small to show"),
    "png that cannot be unpacked small": (png_header(4_100, 4_000), "too many pixels"),
    "tall": (png_header(200, 17_000), "too many pixels"),
    "thousand scans": (scanned(1_000), "takes too long to unpack"),
    "large with many scans": (scanned(20, (5_000, 5_000)), "takes too long to unpack"),
    "arithmetic coding": (picture().replace(b"\xff\xc0", b"\xff\xc9", 1), "no picture that we can read"),
    "script before the picture": (b"<script>alert(1)</script>" + picture(), "no picture that we can read"),
    "pdf": (b"%PDF-1.7\n" + picture(), "no picture that we can read"),
    "png of nothing": (png_header(300, 300), "no picture that we can read"),
    "moving png": (moving("PNG"), "This picture moves"),
    "moving webp": (moving("WEBP"), "This picture moves"),
    "heavy": (picture() + os.urandom(photo_files.LARGEST_BYTES), "the most is 5.0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_photo_is_refused_with_its_reason(client, sam, name):
    content, reason = WRONG[name]
    page = send(client, sam, content, words="It rained.").content.decode()

    assert reason in page
    assert "It rained." in page
    assert not HeartPhoto.objects.exists()
    assert not Fulfilment.objects.exists()


def test_empty_file_is_refused(client, sam):
    page = client.post(sam.path, {"answer": "not-yet", "photo": SimpleUploadedFile("heart.jpg", b"")})

    assert "This file is empty." in page.content.decode()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"alt": ""}, "Please say in one sentence what the photo shows."),
        ({"agreed": None}, "Please tick this box, or send no photo."),
        ({"is_16_or_older": None}, "If you are younger, send neither."),
    ],
)
def test_photo_needs_its_words_and_statements_and_must_be_chosen_again(client, sam, missing, said):
    page = send(client, sam, picture(), **missing).content.decode()

    assert said in page
    assert "Please choose the photo again." in page
    assert not HeartPhoto.objects.exists()


@ON_COMMIT
def test_new_photo_takes_the_place_of_the_one_before_and_waits(client, sam, desk):
    send(client, sam, picture())
    act(desk, HeartPhoto.objects.get(), "approve")
    send(client, sam, picture("PNG", (400, 400)), alt="Another")

    photo = HeartPhoto.objects.get()
    assert (photo.status, photo.alt, photo.width) == ("waiting", "Another", 400)
    assert files() == []


@pytest.fixture
def drawings(monkeypatch) -> list[int]:
    """One entry for each photo that is unpacked."""
    done: list[int] = []
    drawn = pictures._drawn
    monkeypatch.setattr(pictures, "_drawn", lambda file: done.append(1) or drawn(file))
    return done


@pytest.mark.parametrize("limit", ["PHOTOS_OF_MAILBOX", "PHOTOS_BY_NETWORK"])
def test_photos_of_one_mailbox_and_of_one_network_are_limited_before_they_are_drawn(
    client, sam, limit_is, limit, drawings
):
    limit_is(1, limit)

    assert send(client, sam, picture()).status_code == 302
    refused = send(client, sam, picture(), words="It rained.")
    assert (refused.status_code, drawings) == (429, [1])
    assert "It rained." in refused.content.decode()


def test_photos_of_all_pledges_of_one_mailbox_are_counted_together(client, sam, limit_is):
    limit_is(1, "PHOTOS_OF_MAILBOX")
    other = HeartFactory(campaign=sam.campaign, email=sam.email, public_name="Sandra")
    token, digest = tokens.mint()
    MailedLink.objects.create(
        pledge=other, purpose="kept", digest=digest, expires_at=timezone.now() + dt.timedelta(days=1)
    )
    other.path = f"/en/pledge/kept/{token}/"

    assert [send(client, heart, picture()).status_code for heart in (sam, other)] == [302, 429]


@pytest.mark.parametrize("fault", [{"answer": None}, {"alt": ""}, {"agreed": None}, {"kept": ["0"]}])
def test_form_that_is_refused_costs_no_drawing(client, sam, drawings, fault):
    assert send(client, sam, picture(), **fault).status_code == 200
    assert drawings == []


def test_no_more_photos_are_drawn_at_once_than_there_is_room_for(client, sam, monkeypatch, drawings):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0)
    monkeypatch.setattr(pictures, "_places", threading.BoundedSemaphore(1))
    with pictures._places:
        answer = send(client, sam, picture(), words="It rained.")

    page = answer.content.decode()
    assert (answer.status_code, drawings) == (503, [])
    assert "Many photos arrive at this moment" in page
    assert "It rained." in page
    assert not HeartPhoto.objects.exists()
    assert send(client, sam, picture()).status_code == 302


def test_place_is_free_again_after_a_photo_that_could_not_be_drawn(client, sam, monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0)
    monkeypatch.setattr(pictures, "_places", threading.BoundedSemaphore(1))

    assert [send(client, sam, picture()[:400]).status_code for _time in range(3)] == [200] * 3
    assert send(client, sam, picture()).status_code == 302


def test_photo_with_a_film_behind_it_is_taken_whatever_bytes_the_film_has(client, sam):
    assert send(client, sam, picture() + b"\xff\xda" * 5_000).status_code == 302


def test_large_photo_is_unpacked_no_larger_than_it_is_kept(client, sam, monkeypatch):
    seen = []
    drafted = Image.Image.thumbnail
    monkeypatch.setattr(Image.Image, "thumbnail", lambda image, *size: seen.append(image.size) or drafted(image, *size))
    send(client, sam, picture(size=(4_800, 1_200)))

    assert seen == [(2_400, 600)]
    assert (HeartPhoto.objects.get().width, HeartPhoto.objects.get().height) == (1_600, 400)


@ON_COMMIT
def test_supporter_takes_the_photo_away(client, sam, desk):
    send(client, sam, picture())
    act(desk, HeartPhoto.objects.get(), "approve")
    send(client, sam, removes_photo="on")

    assert (HeartPhoto.objects.count(), HeldPhoto.objects.count(), files()) == (0, 0, [])


@ON_COMMIT
def test_other_words_for_an_approved_photo_are_looked_at_again(client, sam, desk):
    send(client, sam, picture())
    act(desk, HeartPhoto.objects.get(), "approve")
    send(client, sam)
    assert HeartPhoto.objects.get().status == "approved"

    send(client, sam, alt="Something else")
    assert (HeartPhoto.objects.get().status, files()) == ("waiting", [])


def test_waiting_photo_is_for_staff_alone(client, desk):
    photo = held()
    url = reverse("admin:pledges_heartphoto_picture", args=[photo.pk])
    answer = desk.get(url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "private, no-store" in answer["Cache-Control"]
    assert client.get(url).status_code == 302
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename="view_pledge"))
    assert desk_of(looker).get(url).status_code == 403


@ON_COMMIT
def test_approved_photo_has_a_name_that_nobody_guesses(client, desk):
    photo = held()
    act(desk, photo, "approve")

    photo.refresh_from_db()
    (name,) = files()
    assert len(name) == len("0" * 32 + ".webp")
    assert str(photo.pk) not in name.removesuffix(".webp") or len(str(photo.pk)) < 4
    shown = client.get(photo.file.url)
    assert (shown["Content-Type"], b"".join(shown)) == ("image/webp", picture("WEBP"))
    assert not HeldPhoto.objects.exists()
    assert desk.get(reverse("admin:pledges_heartphoto_picture", args=[photo.pk])).status_code == 200
    assert list(Entry.objects.acts().values_list("action", flat=True)) == ["heart-photo.approved"]


@ON_COMMIT
def test_refused_photo_leaves_the_public_and_goes_in_a_week(client, desk):
    photo = held()
    act(desk, photo, "approve")
    photo.refresh_from_db()
    url = photo.file.url
    act(desk, photo, "refuse", reason="child")

    photo.refresh_from_db()
    assert (photo.status, photo.refused_for, photo.file.name, files()) == ("refused", "child", "", [])
    assert client.get(url).status_code == 404
    assert photos.forget_refused() == 0
    HeartPhoto.objects.update(decided_at=timezone.now() - dt.timedelta(days=8))
    assert (photos.forget_refused(), HeldPhoto.objects.count(), HeartPhoto.objects.count()) == (1, 0, 1)
    assert "deleted some days after" in act(desk, photo, "look-again").content.decode()


def test_refusing_wants_a_reason(desk):
    photo = held()

    assert "Choose the reason" in act(desk, photo, "refuse").content.decode()
    photo.refresh_from_db()
    assert photo.status == "waiting"


@ON_COMMIT
@pytest.mark.parametrize("first", [("approve", {}), ("refuse", {"reason": "place"})])
def test_either_decision_is_taken_back(desk, first):
    photo = held()
    act(desk, photo, first[0], **first[1])
    act(desk, photo, "look-again")

    photo.refresh_from_db()
    assert (photo.status, photo.decided_at, photo.refused_for, files()) == ("waiting", None, "", [])
    assert bytes(photo.held.webp) == picture("WEBP")


@ON_COMMIT
def test_photo_of_somebody_who_may_need_help_is_never_shown(desk):
    photo = held()
    act(desk, photo, "refuse", reason="may-need-help")
    act(desk, photo, "look-again")
    act(desk, photo, "approve")

    photo.refresh_from_db()
    assert (photo.status, photo.refused_for, files()) == ("refused", "may-need-help", [])
    assert photo.pledge.hidden_reason == Pledge.Hidden.MAY_NEED_HELP


def hidden_by_staff(heart, desk) -> None:
    desk.post(reverse("admin:pledges_pledge_moderate", args=[heart.pk]), {"act": "hide", "reason": "child"})


def hidden_by_its_supporter(heart, desk) -> None:
    name, words = heart.public_name, heart.words
    shown = managing.Shown(public_name=name, words=words, is_16_or_older=True, is_on_wall=False)
    managing.change_what_is_shown(heart.pk, shown)


@ON_COMMIT
@pytest.mark.parametrize("hide", [hidden_by_staff, hidden_by_its_supporter])
def test_photo_of_a_hidden_heart_leaves_the_public_and_waits_for_the_heart(client, desk, hide):
    photo = held()
    act(desk, photo, "approve")
    photo.refresh_from_db()
    url = photo.file.url
    hide(photo.pledge, desk)

    assert (client.get(url).status_code, files()) == (404, [])
    act(desk, photo, "approve")
    assert files() == []
    Pledge.objects.update(hidden_at=None, hidden_reason="")
    act(desk, photo, "approve")
    assert len(files()) == 1


@ON_COMMIT
def test_lost_file_does_not_keep_anyone_from_refusing(desk):
    photo = held()
    act(desk, photo, "approve")
    photo.refresh_from_db()
    default_storage.delete(photo.file.name)
    act(desk, photo, "refuse", reason="abuse")

    photo.refresh_from_db()
    assert photo.status == "refused"


@ON_COMMIT
def test_sweep_deletes_files_of_no_photo_and_no_others(desk, monkeypatch):
    photo = held()
    act(desk, photo, "approve")
    default_storage.save("hearts/lost.webp", io.BytesIO(b"x"))
    assert photos.sweep_files() == 0
    monkeypatch.setattr(default_storage, "get_modified_time", lambda name: timezone.now() - dt.timedelta(hours=2))

    assert photos.sweep_files() == 1
    photo.refresh_from_db()
    assert files() == [photo.file.name.removeprefix("hearts/")]


def test_staff_without_the_permission_cannot_decide():
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_heartphoto", "change_heartphoto"]))
    photo = held()

    assert act(desk_of(looker), photo, "approve").status_code == 403
    photo.refresh_from_db()
    assert photo.status == "waiting"
