"""Sam looks for something to use; Ada puts it there."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import Resource
from campaigns.uploads import LARGEST_UPLOAD
from tests.campaigns.factories import ResourceFactory, SourceFactory
from tests.campaigns.reading import get
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@pytest.fixture
def shelf():
    ResourceFactory(slug="a", kind="symbol", title="A heart", audiences=["public", "schools"], languages=[])
    ResourceFactory(slug="b", kind="toolkit", title="A kit", audiences=["schools"], languages=["en", "fr"])
    ResourceFactory(slug="c", kind="publication", title="A study", audiences=["policymakers"], languages=["en"])


# Finding


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["A heart", "A kit", "A study"]),
        ("?kind=symbol", ["A heart"]),
        ("?audience=schools", ["A heart", "A kit"]),
        ("?language=fr", ["A kit"]),
        ("?audience=schools&language=en", ["A kit"]),
        ("?kind=symbol&language=en", []),
        ("?kind=gossip", []),
        ("?language=<b>", []),
    ],
)
def test_list_is_narrowed_by_what_for_whom_and_language(client, shelf, query, titles):
    response = client.get(f"/en/resources/{query}")

    assert [resource.title for resource in response.context["resources"]] == titles


def test_filters_say_how_many_each_would_leave_and_keep_the_others(client, shelf):
    page = get(client, "resources/?audience=schools")

    assert 'href="?audience=schools&amp;kind=toolkit">Toolkit <span class="filter-count">(1)</span>' in page
    assert "Publication" not in page
    assert 'href="?audience=policymakers">Policymakers <span class="filter-count">(1)</span>' in page
    assert 'href="?audience=schools&amp;language=fr">French' in page
    assert 'href="?audience=schools" aria-current="true">Schools' in page


def test_nothing_that_fits_is_said_and_leads_back(client, shelf):
    page = get(client, "resources/?kind=symbol&audience=policymakers")

    assert "Nothing fits" in page
    assert '<a href="/en/resources/">Show everything</a>' in page


def test_languages_are_called_by_their_names_in_the_language_of_the_page(client, shelf):
    assert "English, French" in get(client, "resources/")
    assert "Anglais, Français" in get(client, "resources/", "fr")


def test_download_says_its_kind_and_size(client, settings):
    settings.MEDIA_URL = "/media/"
    resource = ResourceFactory(url="", file_size=2048, file=ContentFile(PDF, "kit.pdf"))

    page = get(client, "resources/")

    assert f'href="/media/resources/{Path(resource.file.name).name}" download' in page
    assert "<bdi>PDF, 2.0 KB</bdi>" in page


def test_resource_without_an_address_says_where_it_is_named(client):
    ResourceFactory(url="", source=SourceFactory(title="Forced labour", read_in=SourceFactory(title="The page")))

    page = get(client, "resources/")

    assert "No address is known to us" in page
    assert "Forced labour" in page
    assert "The page" in page


def test_what_is_neither_page_nor_file_nor_cited_is_refused():
    with pytest.raises(Exception, match="resource_is_a_page_or_a_file_or_is_cited"):
        ResourceFactory(url="")


# What the files bring


def test_our_own_symbols_are_there_to_download_with_their_true_size(loaded, client):
    symbols = list(Resource.objects.published().filter(kind="symbol"))
    root = Path(django_settings.STATICFILES_DIRS[0])

    assert {symbol.file_type for symbol in symbols} == {"SVG", "PNG"}
    assert [(s.slug, (root / s.own_file).stat().st_size) for s in symbols] == [(s.slug, s.file_size) for s in symbols]
    assert [s.slug for s in symbols if not s.licence] == []
    for symbol in symbols:
        assert f'href="{symbol.download_url}" download' in get(client, "resources/?kind=symbol")


def test_what_both_documents_name_is_there(loaded):
    urls = set(Resource.objects.published().values_list("url", flat=True))
    sources = set(Resource.objects.published().values_list("source__slug", flat=True))

    assert {
        "https://www.unodc.org/blueheart",
        "https://www.unodc.org/unodc/en/human-trafficking",
        "https://www.unodc.org/humantraffickingfund",
        "https://www.unodc.org/unodc/data-and-analysis/glotip.html",
    } <= urls
    assert {
        "baca-video",
        "ilo-forced-labour-2007",
        "unodc-global-patterns-2006",
        "iom-database-2006",
        "unicef-uk-2003",
        "besler-2005",
        "us-tip-2007",
        "unodc-europe-2010",
        "europol-2011",
        "ngocongo-2025",
    } <= sources


# What Ada may upload


def form(**fields):
    return {
        "slug": "kit",
        "kind": "toolkit",
        "status": "draft",
        "title_en": "A kit",
        "summary_en": "Pictures.",
        "audiences": ["public"],
        "languages": ["en"],
        "publisher": "UNODC",
        "position": "10",
    } | fields


def upload(name, content):
    desk = desk_of(StaffFactory(username="ada"))
    return desk.post(reverse("admin:campaigns_resource_add"), form(file=SimpleUploadedFile(name, content)))


ZIP = b"PK\x03\x04" + b"\x14\x00" * 13
ODT = b"PK\x03\x04" + b"\x00" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kit.pdf", PDF),
        ("kit.png", b"\x89PNG\r\n\x1a\n..."),
        ("kit.jpg", b"\xff\xd8\xff\xe0..."),
        ("kit.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("kit.mp4", b"\x00\x00\x00\x18ftypmp42"),
        ("kit.zip", ZIP),
        ("kit.DOCX", ZIP),
        ("kit.odt", ODT),
        ("kit.csv", "país,año\nMéxico,2010\n".encode()),
    ],
)
def test_file_that_is_what_its_name_says_is_kept_with_its_size(name, content):
    assert upload(name, content).status_code == 302

    resource = Resource.objects.get(slug="kit")
    assert resource.file_size == len(content)
    assert Path(resource.file.path).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kit.pdf", b"<html><script>alert(1)</script>"),
        ("kit.png", PDF),
        ("kit.webp", b"RIFF\x00\x00\x00\x00WAVEfmt "),
        ("kit.mp4", b"\x00\x00\x00\x18free...."),
        ("kit.odt", ZIP),
        ("kit.csv", b"<!doctype html><script>alert(1)</script>"),
        ("kit.csv", b"  \n<svg onload=alert(1)>"),
        ("kit.csv", b"MZ\x90\x00\x03"),
        ("kit.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("kit.html", b"<p>"),
        ("kit.pdf.exe", PDF),
        ("kit", PDF),
    ],
)
def test_file_that_is_something_else_is_refused(name, content):
    response = upload(name, content)

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["file"]
    assert not Resource.objects.exists()


def test_csv_whose_beginning_cuts_a_letter_in_two_is_text(monkeypatch):
    monkeypatch.setattr("campaigns.uploads.HEAD", 5)

    assert upload("kit.csv", "1234é".encode()).status_code == 302


def test_file_that_is_too_large_is_refused(monkeypatch):
    assert LARGEST_UPLOAD == 25 * 1024 * 1024
    monkeypatch.setattr("campaigns.uploads.LARGEST_UPLOAD", 10)

    assert "the most is 10" in str(upload("kit.pdf", PDF).context["adminform"].form.errors["file"])


def test_resource_whose_file_has_gone_can_still_be_corrected():
    upload("kit.pdf", PDF)
    resource = Resource.objects.get()
    resource.file.storage.delete(resource.file.name)
    desk = desk_of(StaffFactory(username="alice"))

    response = desk.post(reverse("admin:campaigns_resource_change", args=[resource.pk]), form(publisher="CoNGO"))

    assert response.status_code == 302
    resource.refresh_from_db()
    assert (resource.publisher, resource.file_size) == ("CoNGO", len(PDF))


def test_audiences_and_languages_are_boxes(client):
    desk = desk_of(StaffFactory(username="ada"))

    page = desk.get(reverse("admin:campaigns_resource_add")).content.decode()

    assert 'type="checkbox" name="audiences" value="practitioners"' in page
    assert 'type="checkbox" name="languages" value="zh-hans"' in page
