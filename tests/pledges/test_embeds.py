"""The count on other sites: a frame without script, a badge, and the page with their code; and no cookie anywhere."""

import html
import re
from xml.etree import ElementTree

import pytest
from django.conf import settings

from pledges.models import CampaignTerms
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import GlobalCampaignFactory, tally

pytestmark = pytest.mark.django_db
FRAME, BADGE, PAGE = "/embed/counter/", "/badge.svg", "/en/embeds/"
SVG = "{http://www.w3.org/2000/svg}"


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def title(response) -> str:
    return ElementTree.fromstring(response.content).find(f"{SVG}title").text


def test_frame_tells_the_count_what_it_counts_and_what_we_are_not(client, django_assert_max_num_queries):
    tally("PT", 1204)
    with django_assert_max_num_queries(2):
        response = client.get(FRAME)
    text = words(response)

    assert "1,204 people wear the heart" in text
    assert "promises, not votes and not money" in text
    assert "test mode, not an official United Nations site" in text
    assert len(response.content) < 3000


def test_frame_is_for_every_site_and_other_pages_are_for_none(client):
    GlobalCampaignFactory()
    response = client.get(FRAME)
    policy = response.headers["Content-Security-Policy"]

    assert "frame-ancestors *" in policy
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in response.headers
    assert "<script" not in response.content.decode()
    assert "style=" not in response.content.decode()
    for other in (PAGE, "/en/", "/en/hearts/", "/en/pledge/"):
        headers = client.get(other).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_links_of_the_frame_leave_it(client):
    page = client.get(f"{FRAME}?lang=fr").content.decode()

    (link,) = re.findall("<a [^>]*>", page)
    assert link == '<a href="/fr/pledge/" target="_top">'


@pytest.mark.parametrize("path", [FRAME, BADGE, PAGE, "/ar/embeds/"])
def test_no_cookie_is_set_and_caches_may_keep_it_for_a_moment(client, path):
    tally("PT", 12)
    client.cookies["sessionid"] = "somebody"
    response = client.get(path)

    assert response.status_code == 200
    assert not response.cookies
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert "cookie" not in response.headers.get("Vary", "").lower()
    assert client.get(path, headers={"if-none-match": response.headers["ETag"]}).status_code == 304


def test_frame_and_badge_speak_the_language_that_is_asked_for(client):
    tally("PT", 12)

    frame = client.get(f"{FRAME}?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in frame
    assert '<html lang="en" dir="ltr">' in client.get(f"{FRAME}?lang=nonsense&size=huge").content.decode()
    assert 'direction="rtl"' in client.get(f"{BADGE}?lang=ar").content.decode()


def test_badge_is_a_small_picture_whose_title_says_it(client):
    tally("PT", 1204)
    response = client.get(BADGE)

    assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert title(response) == "Blue Heart: 1,204 hearts (independent, test mode)"
    drawn = ElementTree.fromstring(response.content)
    assert int(drawn.get("width")) == sum(int(box.get("width")) for box in drawn.findall(f"{SVG}rect"))


def test_campaign_has_its_own(client):
    campaign = CampaignFactory(slug="schools", title="Schools & <hearts>")
    tally("PT", 12)

    assert "0 people wear the heart" in words(client.get(f"{FRAME}?campaign=schools"))
    assert "Schools &amp; &lt;hearts&gt;" in client.get(f"{FRAME}?campaign=schools").content.decode()
    assert title(client.get(f"{BADGE}?campaign=schools")).startswith("Schools & <hearts>: 0 hearts")
    assert f"/en/pledge/{campaign.slug}/" in client.get(f"{FRAME}?campaign=schools").content.decode()


def test_campaign_that_is_not_published_has_none(client):
    CampaignFactory(slug="secret", status="draft")

    assert [client.get(f"{path}?campaign=secret").status_code for path in (FRAME, BADGE, PAGE)] == [404] * 3


def test_count_under_the_threshold_is_not_in_them(client):
    CampaignTerms.objects.create(campaign=GlobalCampaignFactory(), counts_shown_from=100)
    tally("PT", 37)

    for path in (FRAME, BADGE, f"{FRAME}?campaign=blue-heart", f"{BADGE}?campaign=blue-heart"):
        response = client.get(path)
        assert response.status_code == 200
        assert "37" not in words(response)
    assert "People wear the heart" in words(client.get(FRAME))


def test_page_shows_code_that_works_as_it_is_copied(client):
    CampaignFactory(slug="schools")
    page = client.get(f"{PAGE}?campaign=schools&lang=pt&size=large").content.decode()
    codes = [html.unescape(code) for code in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)]
    addresses = {address for code in codes for address in re.findall(rf'{settings.SITE_URL}(/[^"\s)]+)', code)}

    assert len(codes) == 4
    assert {path.partition("?")[0] for path in addresses} == {
        FRAME, BADGE, "/api/v1/pledges/by-country", "/pt/pledge/schools/"
    }  # fmt: skip
    assert {client.get(html.unescape(address)).status_code for address in addresses} == {200}
    assert 'width="480" height="280"' in codes[0]
    assert "frame-src 'self'" in client.get(PAGE).headers["Content-Security-Policy"]
