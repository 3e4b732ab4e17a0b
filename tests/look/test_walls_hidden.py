"""While staff hide the walls, no page, file or answer to a script says what a supporter or a donor wrote."""

from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from blueheart.site_settings import changing
from donations.jobs import close_windows as close_gift_windows
from donations.models import Donation
from pledges import card, jobs, wall
from pledges.models import Fulfilment, HeartPhoto, Pledge
from tests.donations.factories import donation
from tests.look.test_pseudo_language import addresses, shown
from tests.pledges.factories import BodyFactory, GroupFactory, HeartFactory, WordingFactory
from tests.pledges.test_photos import picture
from tests.reading_pdf import text_of

SECRETS = (
    "Zephyrine", "For my sister Wilhelmina", "We lit the town hall of Quillon", "A heart on Ottoline", "Yolandabad",
    "Dorabella", "Given for Xanthippe", "quillon.example",
)  # fmt: skip
MACHINES = (
    "/api/v1/pledges", "/api/v1/pledges?format=csv", "/api/v1/stats", "/api/v1/contributions", "/embed/counter/",
    "/badge.svg", "/sitemap.xml",
)  # fmt: skip
# Drawn for each asker, which takes a while; what they say is looked at below.
PAPERS = ("_card", "_certificate", "_poster", "_sheet", "_qr")
# In Arabic, those that know of hearts or gifts: what the others say depends on no setting, in whatever language.
THEIRS = ("pledges:", "donations:", "office:", "campaigns:home", "campaigns:campaign", "campaigns:search")
SAID = {"en": "Names and words are not shown at the moment.", "ar": '<div class="notice notice-warning"'}


@pytest.fixture(scope="module")
def named(content_rows, django_db_blocker) -> Iterator[dict]:
    """A named heart with all that can stand beside it, an organisation's, and a named gift."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        heart = HeartFactory(
            public_name="Zephyrine",
            words="For my sister Wilhelmina",
            words_status="approved",
            precepts=[WordingFactory()],
            group=GroupFactory(),
            fulfilled_at=timezone.now(),
            featured_at=timezone.now(),
        )
        Fulfilment.objects.create(
            pledge=heart, answer="done", words="We lit the town hall of Quillon", words_status="approved"
        )
        HeartPhoto.objects.create(
            pledge=heart,
            file=ContentFile(picture(), name="heart.jpg"),
            width=320,
            height=240,
            alt="A heart on Ottoline",
            status="approved",
        )
        body = BodyFactory(pledge__public_name="Yolandabad", link="https://quillon.example/")
        gift = donation(
            "succeeded",
            public_name="Dorabella",
            is_16_or_older=True,
            words="Given for Xanthippe",
            words_status="published",
        )
        jobs.close_windows()
        close_gift_windows()
        yield {"heart": heart, "body": body.pledge, "gift": gift}
        transaction.set_rollback(True)


@pytest.fixture
def hidden(named) -> Iterator[dict]:
    """The same, with the walls hidden."""
    with transaction.atomic():
        changing.switch_on("wall-hidden", "somebody is in danger")
        yield named
        transaction.set_rollback(True)


def paths(named: dict, language: str) -> list[str]:
    heart, body, gift = (named[name] for name in ("heart", "body", "gift"))
    of_hearts = [
        f"/{language}/hearts/{each.public_id}/{part}"
        for each in (heart, body)
        for part in ("", "?confirmed", "report/")
    ]
    return [
        *of_hearts,
        f"/{language}/hearts/",
        f"/{language}/hearts/?kind=organisation",
        f"/{language}/hearts/kept/",
        f"/{language}/groups/{heart.group.code}/",
        f"/{language}/trust-fund/donors/",
        f"/{language}/trust-fund/donors/{gift.public_id}/report/",
        *MACHINES,
    ]


def answers(named: dict, language: str, *, walk: bool = True) -> dict[str, str]:
    """Those of these rows by their paths, and every public page by its name."""
    found = {path: Client().get(path) for path in paths(named, language)}
    assert {answer.status_code for answer in found.values()} <= {200}, {
        path: answer.status_code for path, answer in found.items() if answer.status_code != 200
    }
    with translation.override(language):
        names = [each for each in addresses() if walk and not each[0].endswith(PAPERS)]
        names = [each for each in names if language == "en" or each[0].startswith(THEIRS)]
        walked = {name: shown(Client(), name, wanted) for name, wanted in names}
    found |= {name: answer for name, answer in walked.items() if answer}
    texts = {}
    for name, answer in found.items():
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        is_paper = answer["Content-Type"] == "application/pdf"
        texts[name] = text_of(content) if is_paper else content.decode(errors="replace")
    return texts


def told(texts: dict[str, str]) -> dict[str, list[str]]:
    return {name: found for name, text in texts.items() if (found := [each for each in SECRETS if each in text])}


def test_names_and_words_are_there_while_nothing_is_hidden(named):
    everything = told(answers(named, "en", walk=False))

    assert {each for found in everything.values() for each in found} == set(SECRETS)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_names_and_words_are_nowhere_once_the_walls_are_hidden(hidden, language):
    texts = answers(hidden, language)

    assert told(texts) == {}
    for path in paths(hidden, language):
        if path.startswith(f"/{language}/") and not path.endswith("report/"):
            assert SAID[language] in texts[path], path


def test_files_of_a_heart_say_no_name(hidden):
    heart = Pledge.objects.select_related("campaign", *wall.BESIDE, "fulfilment").get(pk=hidden["heart"].pk)
    (veiled,) = wall.hearts([heart])
    certificate = Client().get(f"/en/hearts/{heart.public_id}/certificate.pdf")

    assert card.picture(veiled).title.text == "A supporter"
    assert "Zephyrine" not in text_of(certificate.content)
    assert veiled.photo is None


def test_counts_stay_and_rows_keep_what_they_say(hidden):
    stats = Client().get("/api/v1/stats").json()

    assert stats["pledges"]["total"] == 2
    assert "2 people wear the heart" in Client().get("/en/hearts/").content.decode().replace("<bdi>2</bdi>", "2")
    assert Pledge.objects.get(pk=hidden["heart"].pk).public_name == "Zephyrine"
    assert Donation.objects.get(pk=hidden["gift"].pk).public_name == "Dorabella"


def test_scripts_get_hearts_without_names(hidden):
    items = Client().get("/api/v1/pledges").json()["items"]

    assert [(item["name"], item["words"]) for item in items] == [(None, None)] * 2
