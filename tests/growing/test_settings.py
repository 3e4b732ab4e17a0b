"""What production refuses of the settings by which the portal grows, in one line that repeats no secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from blueheart import environment
from tests.blueheart.test_settings import PRODUCTION, run, start

KEYS = ("id", "secret")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:tops3cret@cache.example:6379/0", "must begin with rediss://"),
        ("rediss://:tops3cret@cache.example:6379/0?ssl_cert_reqs=none", "leave its certificate's check alone"),
        ("memcached://tops3cret", "must be rediss://"),
        ("redis://:tops3cret@/0", "must be rediss://"),
        ("redis://:tops3cret@host:port/0", "must be rediss://"),
    ],
)
def test_a_cache_over_a_network_is_encrypted_and_verified(url, said):
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        environment.cache("CACHE_URL", url, private=["redis"], must_be_safe=True)
    assert "tops3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://localhost/0", "redis://redis:6379/1", "rediss://:x@cache.example:6380/0"])
def test_a_cache_near_by_or_encrypted_is_taken(url):
    found = environment.cache("CACHE_URL", url, private=["redis"], must_be_safe=True)
    assert found == {"BACKEND": "blueheart.caches.RedisCache", "LOCATION": url}


def test_without_a_cache_each_process_has_one_in_its_memory():
    assert "locmem" in environment.cache("CACHE_URL", "", private=[], must_be_safe=True)["BACKEND"]


@pytest.mark.parametrize(
    ("url", "keys", "said"),
    [
        ("s3://", KEYS, "must be s3://bucket"),
        ("https://bucket.example", KEYS, "must be s3://bucket"),
        ("s3://bucket/folder", KEYS, "must be s3://bucket"),
        ("s3://Bucket", KEYS, "must be s3://bucket"),
        ("s3://bucket?endpoint=https://s3.example", KEYS, "must be s3://bucket"),
        ("s3://bucket?endpoint_url=s3.example", KEYS, "is no address"),
        ("s3://bucket?endpoint_url=http://s3.example", KEYS, "of https://"),
        ("s3://bucket", ("id", ""), "go together"),
    ],
)
def test_a_bucket_is_named_whole_and_asked_over_tls(url, keys, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        environment.bucket("STORAGE_URL", url, keys=keys, private=["minio"])


def test_a_bucket_is_taken_with_and_without_keys():
    url = "s3://media.blueheart?endpoint_url=https://s3.example&region=eu-1"
    with_keys = environment.bucket("STORAGE_URL", url, keys=KEYS, private=[])
    without = environment.bucket("STORAGE_URL", "s3://media", keys=("", ""), private=[])

    assert with_keys["OPTIONS"] == {
        "bucket_name": "media.blueheart", "endpoint_url": "https://s3.example", "region_name": "eu-1",
        "access_key": "id", "secret_key": "secret",
    }  # fmt: skip
    assert (without["OPTIONS"]["access_key"], without["OPTIONS"]["endpoint_url"]) == (None, None)


def _both() -> None:
    environment.cache("CACHE_URL", "redis://localhost", private=[], must_be_safe=True)
    environment.bucket("STORAGE_URL", "s3://bucket", keys=KEYS, private=[])


@pytest.mark.parametrize("missing", ["redis", "storages", "boto3"])
def test_a_setting_without_its_package_says_how_to_install_it(missing, monkeypatch):
    monkeypatch.setattr(environment, "find_spec", lambda name: None if name == missing else True)
    with pytest.raises(ImproperlyConfigured, match=r"is not installed: pip install --require-hashes .*-optional\.txt"):
        _both()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"DATABASE_REPLICA_URLS": "postgres://app@localhost/x,postgres://app@db.example/x"}, "leads over a network"),
        ({"DATABASE_REPLICA_URLS": "mysql://app@localhost/x"}, "DATABASE_REPLICA_URLS must be postgres://"),
        ({"STORAGE_URL": "s3://bucket"}, "STORAGE_URL wants MEDIA_URL, too"),
        ({"MEDIA_URL": "http://media.example/"}, "MEDIA_URL must be a path or begin with https://"),
    ],
)
def test_production_does_not_start_with_what_is_weak(changed, reason):
    started = start(**PRODUCTION, **changed)

    assert started.returncode == 1
    assert reason in started.stderr.splitlines()[-1]


def test_replicas_come_from_a_file_too_and_are_asked_as_the_database_is(tmp_path):
    listed = tmp_path / "replicas"
    listed.write_text("postgres://app@localhost:5433/x, postgres://app@localhost:5434/x\n")
    shown = start("DATABASE_REPLICAS", **PRODUCTION, DATABASE_REPLICA_URLS_FILE=str(listed)).stdout

    assert [f"'PORT': {port}" in shown for port in (5433, 5434)] == [True, True]
    assert shown.count("'CONN_HEALTH_CHECKS': True") == 2


def test_no_key_of_these_is_on_the_page_of_an_error_in_development():
    code = (
        "import django; django.setup(); from django.test import RequestFactory;"
        "from django.views.debug import technical_500_response as page; import sys\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: print(page(RequestFactory().get('/'), *sys.exc_info()).content.decode())"
    )
    shown = run(
        code,
        DEBUG="1",
        DATABASE_REPLICA_URLS="postgres://app:canary-of-a-replica@localhost/x",
        CACHE_URL="redis://:canary-of-the-cache@localhost/0",
        STORAGE_URL="s3://bucket",
        MEDIA_URL="https://media.example/",
        AWS_ACCESS_KEY_ID="canary-of-the-id",
        AWS_SECRET_ACCESS_KEY="canary-of-the-bucket",
    ).stdout

    assert "ZeroDivisionError" in shown
    assert "canary" not in shown
