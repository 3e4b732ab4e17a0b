import pytest

from blueheart.languages import LANGUAGES
from pledges import content
from pledges.models import Precept, PreceptOffer, PreceptWording
from tests.pledges.factories import GlobalCampaignFactory, PledgeFactory

pytestmark = pytest.mark.django_db
ELEVEN = ["know", "wear", "tell", "ask", "buy-with-care", "report", "host", "teach", "give", "protect", "keep"]


def test_eleven_precepts_are_loaded_once_and_in_their_order():
    GlobalCampaignFactory()
    first, again = content.load(), content.load()

    assert (first["precepts"], first["precept wordings"]) == (11, 11)
    assert set(again.values()) == {0}
    assert [wording.precept.slug for wording in PreceptWording.objects.offered(GlobalCampaignFactory())] == ELEVEN


def test_every_precept_speaks_every_language():
    content.load()
    columns = [f"{field}_{code.replace('-', '_')}" for field in ("title", "text") for code, _name in LANGUAGES]

    assert not [
        (wording.precept.slug, column)
        for wording in PreceptWording.objects.select_related("precept")
        for column in columns
        if not getattr(wording, column)
    ]


def test_reworded_file_makes_a_new_version_and_old_pledges_keep_theirs(tmp_path, monkeypatch):
    GlobalCampaignFactory()
    content.load()
    pledge = PledgeFactory(precepts=list(PreceptWording.objects.offered(GlobalCampaignFactory())[:1]))
    changed = tmp_path / "precepts.yaml"
    changed.write_text(content.FILE.read_text(encoding="utf-8").replace("en: Know\n", "en: Learn\n"), encoding="utf-8")
    monkeypatch.setattr(content, "FILE", changed)

    assert content.load()["precept wordings"] == 1
    assert PreceptWording.objects.offered(GlobalCampaignFactory())[0].title_en == "Learn"
    assert [(promised.version, promised.title_en) for promised in pledge.precepts.all()] == [(1, "Know")]


def test_what_staff_wrote_or_took_out_stays(tmp_path):
    GlobalCampaignFactory()
    content.load()
    precept = Precept.objects.get(slug="know")
    PreceptWording.objects.create(precept=precept, version=2, title="Ours", text="Our words.", is_by_staff=True)
    PreceptOffer.objects.filter(precept__slug="wear").delete()

    assert set(content.load().values()) == {0}
    assert [wording.title for wording in PreceptWording.objects.offered(GlobalCampaignFactory())[:2]] == [
        "Ours",
        "Tell",
    ]
