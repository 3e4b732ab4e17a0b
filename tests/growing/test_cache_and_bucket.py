"""Two web processes that share a cache in Redis and files in a bucket; Redis dies, and all it costs is time."""

import datetime as dt
import io
import pickle
import time

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from blueheart import environment
from blueheart.caches import AWAY_SECONDS, Circuit, RedisCache
from campaigns import pictures
from campaigns.models import Picture
from pledges.services.photos import sweep_files
from tests.campaigns.factories import NewsFactory
from tests.growing.bucket import KEY_ID, SECRET, Bucket
from tests.growing.keeper import RedisServer
from tests.growing.servers import two_webs
from tests.pledges.factories import GroupFactory

MEDIA_URL = "https://media.example.org/"
SECONDS = 8.0  # for a paper that is set anew, on a machine that has more to do


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def bucket():
    bucket = Bucket()
    yield bucket
    bucket.close()


@pytest.fixture(scope="module")
def sharing_webs(copy, redis_server, bucket, tmp_path_factory):
    surroundings = {
        "DATABASE_URL": copy, "CACHE_URL": redis_server.url, "STORAGE_URL": bucket.url, "MEDIA_URL": MEDIA_URL,
        "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET,
    }  # fmt: skip
    with two_webs([tmp_path_factory.mktemp("web") for _number in range(2)], surroundings) as webs:
        yield webs


@pytest.fixture
def in_bucket(bucket, settings):
    """This process has the bucket, as the web processes have."""
    stored = environment.bucket("STORAGE_URL", bucket.url, keys=(KEY_ID, SECRET), private=[])
    settings.STORAGES = django_settings.STORAGES | {"default": stored}
    settings.MEDIA_URL = MEDIA_URL
    return bucket


def test_a_paper_made_by_one_process_is_handed_out_by_the_other_and_made_anew_while_redis_is_dead(
    sharing_webs, redis_server
):
    first, second = sharing_webs
    group = GroupFactory()
    path = f"/en/groups/{group.code}/poster.pdf"
    assert first.ask(path).text.startswith("%PDF")
    with redis_server.client() as client:
        (key,) = client.keys("*group-poster*")
        assert client.get(key).startswith(b"b%PDF")
        client.set(key, b"b%PDF of the first", keepttl=True)
    assert second.ask(path).text == "%PDF of the first"

    redis_server.kill()
    try:
        for web in sharing_webs:
            for _time in range(3):
                began = time.monotonic()
                answer = web.ask(path)
                assert (answer.status, answer.text[:4], answer.text == "%PDF of the first") == (200, "%PDF", False)
                assert time.monotonic() - began < SECONDS
            assert web.ask("/sitemap.xml").status == 200
            assert web.log.read_text().count("the cache is away") == 1
    finally:
        redis_server.start()

    time.sleep(AWAY_SECONDS + 0.5)
    assert first.ask(path).status == 200
    with redis_server.client() as client:
        assert [client.get(key)[:5] for key in client.keys("*group-poster*")] == [b"b%PDF"]
    assert "the cache is back" in first.log.read_text()


def test_what_staff_upload_on_one_machine_visitors_find_from_another(sharing_webs, in_bucket):
    drawn = io.BytesIO()
    Image.new("RGB", (640, 480), "blue").save(drawn, "WEBP")
    kept = pictures.keep("blue", drawn.getvalue())
    picture = Picture.objects.create(
        slug="blue", file=kept.name, width=kept.width, height=kept.height, alt="Blue", credit="Ada", licence="CC0"
    )
    NewsFactory(slug="with-a-picture", picture=picture)

    page = sharing_webs[1].ask("/en/news/with-a-picture/")

    assert page.status == 200
    assert f"{MEDIA_URL}{kept.name}" in page.text
    assert "img-src 'self' data: https://media.example.org" in page.headers["content-security-policy"]
    assert kept.name in in_bucket.things


def test_an_upload_carries_what_browsers_have_to_be_told(in_bucket):
    picture = default_storage.save("pictures/heart.webp", ContentFile(b"a picture"))
    paper = default_storage.save("resources/toolkit.pdf", ContentFile(b"%PDF"))
    page = default_storage.save("resources/page.html", ContentFile(b"<script>alert(1)</script>"))

    told = {name: in_bucket.things[name].headers for name in (picture, paper, page)}
    always = {"cache-control": "public, max-age=3600", "x-amz-meta-x-content-type-options": "nosniff"}
    download = always | {"content-type": "application/octet-stream", "content-disposition": "attachment"}
    assert told == {
        picture: always | {"content-type": "image/webp", "content-disposition": "inline"},
        paper: download,
        page: download,
    }
    assert default_storage.url(page) == f"{MEDIA_URL}resources/page.html"
    assert in_bucket.refused == 0


def test_a_second_file_of_a_name_does_not_replace_the_first(in_bucket):
    first = default_storage.save("resources/same.pdf", ContentFile(b"one"))
    second = default_storage.save("resources/same.pdf", ContentFile(b"two"))

    assert first != second
    with default_storage.open(first) as file:
        assert file.read() == b"one"
    default_storage.delete(first)
    assert not default_storage.exists(first)
    with pytest.raises(FileNotFoundError):
        default_storage.open(first)


def test_photos_that_no_heart_has_are_swept_from_the_bucket(in_bucket, copy):
    default_storage.save("hearts/lost.webp", ContentFile(b"lost"))
    default_storage.save("hearts/new.webp", ContentFile(b"just now"))
    in_bucket.things["hearts/lost.webp"].changed_at -= dt.timedelta(hours=2)

    assert sweep_files() == 1
    assert [name for name in in_bucket.things if name.startswith("hearts/")] == ["hearts/new.webp"]


def test_a_bucket_that_does_not_know_our_key_keeps_nothing(bucket, settings):
    stored = environment.bucket("STORAGE_URL", bucket.url, keys=(KEY_ID, "another secret"), private=[])
    settings.STORAGES = django_settings.STORAGES | {"default": stored}
    before = bucket.refused

    with pytest.raises(Exception, match=r"403|SignatureDoesNotMatch|Forbidden"):
        default_storage.save("pictures/no.webp", io.BytesIO(b"no"))

    assert "pictures/no.webp" not in bucket.things
    assert bucket.refused > before


@pytest.fixture
def cache(redis_server, settings):
    settings.CACHES = {
        "default": environment.cache("CACHE_URL", redis_server.url, private=[], must_be_safe=True),
        "nobody": environment.cache("CACHE_URL", "redis://127.0.0.1:1/0", private=[], must_be_safe=True),
    }
    return caches["default"]


def test_the_cache_keeps_texts_and_bytes_and_nothing_that_could_run(cache, redis_server):
    assert isinstance(cache, RedisCache)
    cache.set_many({"text": "Corazón Azul", "bytes": b"\x00\xff", "digits": "123"})
    assert cache.get_many(["text", "bytes", "digits", "none"]) == {
        "text": "Corazón Azul", "bytes": b"\x00\xff", "digits": "123",
    }  # fmt: skip
    with pytest.raises(TypeError, match="no dict"):
        cache.set("object", {"a": 1})

    with redis_server.client() as client:
        client.set(cache.make_key("planted"), pickle.dumps("run me"))
    assert cache.get("planted", "made anew") == "made anew"


def test_a_cache_that_is_not_there_knows_nothing_and_breaks_nothing(cache):
    nobody = caches["nobody"]
    assert nobody.get("a", "b") == "b"
    nobody.set("a", "c")
    assert [nobody.add("a", "c"), nobody.touch("a"), nobody.delete("a"), "a" in nobody] == [False] * 4
    assert nobody.clear() is None
    assert (nobody.get_many(["a"]), nobody.set_many({"a": "b"}), nobody.delete_many(["a"])) == ({}, ["a"], None)
    assert nobody.get_or_set("a", lambda: "made") == "made"


def test_a_cache_that_is_away_is_asked_once_in_a_while():
    now, asked = [0.0], []

    def dead():
        asked.append(now[0])
        raise ConnectionError

    circuit = Circuit(clock=lambda: now[0])
    for now[0] in (0.0, 0.1, AWAY_SECONDS - 0.1, AWAY_SECONDS + 0.1, AWAY_SECONDS + 0.2):
        assert circuit.asked(dead, "otherwise") == "otherwise"
    assert asked == [0.0, AWAY_SECONDS + 0.1]

    now[0] += AWAY_SECONDS
    assert circuit.asked(lambda: "it is back", "otherwise") == "it is back"
    assert circuit.asked(lambda: "at once", "otherwise") == "at once"
