"""The privacy desk: a person is found, all about them is exported, and two people have them erased."""

import datetime as dt
import json

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from donations.models import Contributor
from donations.services.privacy import ErasureHeldError
from office.jobs import lanes
from office.models import Erasure
from office.privacy import erasures
from pledges.models import InvalidationCase, Pledge
from tests.donations.factories import donation, donor
from tests.donations.money_desk import member
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import GroupFactory, HeartFactory
from tests.reading_pdf import text_of

pytestmark = pytest.mark.django_db

SAM = "zsam@example.org"


def officer(name="olga", *more):
    rights = ["find_person", "export_person", "ask_erasure", "approve_erasure", "run_retention", "view_erasure"]
    return member(name, *rights, *more)


def search(desk, typed):
    return desk.post("/staff/privacy/", {"typed": typed})


def key_on(page):
    return page.context["key"]


def test_a_person_is_found_by_address_in_any_spelling_and_by_every_reference():
    dora = donor(SAM, name="Dora")
    gift = donation("succeeded", donor=dora)
    heart = HeartFactory(email=SAM, public_name="Quillfeather")
    group = GroupFactory(keeper_email=SAM)
    contributor = Contributor.objects.create(kind="company", name="Sea plc", contact_email="ZSam@example.org")
    desk = desk_of(officer())
    for typed in (
        "ZSAM@example.org",
        gift.public_id,
        dora.public_id,
        heart.public_id,
        group.code,
        contributor.public_id,
    ):
        page = search(desk, f" {typed} ")
        assert page.context["person"].email.casefold() == SAM, typed
        said = page.content.decode()
        assert all(str(row) in said for row in (dora, gift, heart, group, contributor)), typed
        assert "no-store" in page["Cache-Control"]
    entry = Entry.objects.filter(action="person.searched").latest("pk")
    assert entry.detail["found"] == {
        "donations.donor": 1, "pledges.pledge": 1, "pledges.group": 1, "donations.contributor": 1,
    }  # fmt: skip
    assert "zsam" not in json.dumps(list(Entry.objects.values("action", "why", "detail", "target_id"))).lower()


def test_nobody_is_found_by_half_an_address_and_an_erased_donor_is_told():
    erased = donor(SAM)
    desk = desk_of(officer())
    assert "Nobody is found" in search(desk, "nobody@example.org").content.decode()
    type(erased).objects.update(email="", name="", erased_at="2026-01-02T00:00Z")
    assert "was erased on" in search(desk, erased.public_id).content.decode()


def test_of_staff_it_is_only_said_that_they_are():
    StaffFactory(username="kim", email="kim@example.org")
    page = search(desk_of(officer()), "kim@example.org")
    assert "staff account" in page.content.decode()
    assert page.context["lines"] == []


def test_the_file_is_made_for_a_case_and_written_into_the_trail():
    donation("succeeded", donor=donor(SAM, name="Quillfeather"), receipt_name="Quillfeather")
    heart = HeartFactory(email=SAM, public_name="Quillfeather")
    desk = desk_of(officer())
    key = key_on(search(desk, SAM))
    assert "required" in desk.post("/staff/privacy/export/", {"key": key, "format": "json"}).content.decode()
    told = desk.post("/staff/privacy/export/", {"key": key, "case": "P-12", "format": "json"})
    assert json.loads(told.content)["pledges"]["pledges"][0]["public_name"] == "Quillfeather"
    paper = desk.post("/staff/privacy/export/", {"key": key, "case": "P-12", "format": "pdf"})
    assert "Quillfeather" in text_of(paper.content)
    entries = Entry.objects.filter(action="person.exported", target_type="pledges.pledge", target_id=str(heart.pk))
    assert sorted(entry.detail["format"] for entry in entries) == ["json", "pdf"]
    assert {entry.why for entry in entries} == {"P-12"}


def test_a_key_is_nobody_elses_and_lasts_half_an_hour(time_machine):
    HeartFactory(email=SAM)
    olga = desk_of(officer())
    key = key_on(search(olga, SAM))
    other = desk_of(officer("kim"))
    export = {"key": key, "case": "P-12", "format": "json"}
    assert other.post("/staff/privacy/export/", export).status_code == 302
    assert olga.post("/staff/privacy/export/", export).status_code == 200
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=31))
    assert olga.post("/staff/privacy/export/", export).status_code == 302
    assert SAM not in key
    assert olga.get("/staff/privacy/export/").status_code == 302


def test_each_page_wants_its_own_permission():
    HeartFactory(email=SAM)
    key = key_on(search(desk_of(officer()), SAM))
    finder = desk_of(member("finder", "find_person"))
    page = search(finder, SAM)
    assert "See what would be erased" not in page.content.decode()
    for address in ("export", "erase", "retention"):
        assert finder.post(f"/staff/privacy/{address}/", {"key": key}).status_code == 403
    assert desk_of(member("nobody", "view_pledge")).get("/staff/privacy/").status_code == 403


def ask_for(desk, email=SAM, **said):
    page = search(desk, email)
    preview = desk.post("/staff/privacy/erase/", {"key": key_on(page)})
    return desk.post(
        "/staff/privacy/erase/", {"key": key_on(preview), "ask": "yes", "case": "P-12", "why": "asked by mail"} | said
    )


def test_two_people_erase_a_person_and_the_address_goes_from_the_row_too(django_capture_on_commit_callbacks):
    dora = donor(SAM, name="Quillfeather")
    HeartFactory(email=SAM, public_name="Quillfeather")
    olga, kim = officer(), officer("kim")
    assert ask_for(desk_of(olga)).status_code == 302
    erasure = Erasure.objects.get()
    assert (erasure.status, erasure.email, erasure.next_attempt_at) == ("waiting", SAM, None)
    send_due()
    assert [letter.to for letter in mail.outbox] == [[kim.email]]
    assert "zsam" not in mail.outbox[0].body
    decide = reverse("admin:office_erasure_decide", args=[erasure.pk])
    assert b'value="approve"' not in desk_of(olga).get(decide).content
    page = desk_of(kim).get(decide)
    desk_of(kim).post(decide, {"act": "approve", "seen": page.context["seen"]})
    erasure.refresh_from_db()
    assert (erasure.status, erasure.email, erasure.decided_by) == ("done", "", kim)
    assert erasure.outcome.splitlines() == [
        f"{dora.public_id} is erased.", "1 pledges and 0 groups name nobody any more.",
    ]  # fmt: skip
    assert Pledge.objects.get().public_name == ""
    acts = Entry.objects.filter(target_type="office.erasure").exclude(action="erasure.viewed").order_by("pk")
    assert [entry.action for entry in acts] == ["erasure.asked", "erasure.approved", "erasure.done"]


def test_nobody_approves_what_they_asked_for_and_the_database_holds_it():
    HeartFactory(email=SAM)
    olga = officer()
    erasure = erasures.ask(email=SAM, case="P-1", why="wish", by=olga)
    with pytest.raises(erasures.ErasureError, match="Another person"):
        erasures.approve(erasure, by=olga)
    for wrong in (
        {"status": "done", "done_at": erasure.asked_at, "decided_at": erasure.asked_at, "decided_by": officer("kim")},
        {"status": "doing", "decided_at": erasure.asked_at, "decided_by": olga},
        {"email": ""},
        {"next_attempt_at": erasure.asked_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Erasure.objects.update(**wrong)


def test_declining_forgets_the_address_and_names_are_refused_in_what_stays():
    HeartFactory(email=SAM, public_name="Quillfeather")
    olga, kim = officer(), officer("kim")
    for case, why in (("Quillfeather", "wish"), ("P-1", "zsam wrote"), ("P-1", "x@y.org wrote")):
        with pytest.raises(erasures.ErasureError, match="neither a name"):
            erasures.ask(email=SAM, case=case, why=why, by=olga)
    erasure = erasures.ask(email=SAM, case="P-1", why="wish", by=olga)
    with pytest.raises(erasures.ErasureError, match="open already"):
        erasures.ask(email="ZSam@example.org", case="P-2", why="wish", by=olga)
    erasures.decline(erasure, by=kim, why="another person wrote")
    erasure.refresh_from_db()
    assert (erasure.status, erasure.email) == ("declined", "")
    assert Pledge.objects.get().email == SAM
    with pytest.raises(erasures.ErasureError, match="does not wait"):
        erasures.approve(erasure, by=kim)


def test_where_stripe_is_away_the_erasure_is_held_and_the_worker_ends_it(monkeypatch, time_machine):
    def away(*args, **kwargs):
        raise ErasureHeldError("GatewayError")

    donor(SAM)
    HeartFactory(email=SAM)
    erasure = erasures.approve(erasures.ask(email=SAM, case="P-1", why="wish", by=officer()), by=officer("kim"))
    with monkeypatch.context() as broken:
        broken.setattr("office.privacy.subjects.donors.erase_subject", away)
        assert erasures.work() == 1
    erasure.refresh_from_db()
    assert (erasure.status, erasure.email, erasure.reason) == ("held", SAM, "GatewayError")
    assert Pledge.objects.get().email == SAM
    assert erasures.work() == 0
    time_machine.move_to(timezone.now() + dt.timedelta(seconds=10))
    (job,) = [job for lane in lanes() for job in lane.jobs if job.name == "erasures"]
    assert job.run() == 1
    erasure.refresh_from_db()
    assert (erasure.status, erasure.email) == ("done", "")


def test_what_breaks_off_is_begun_again_and_keeps_its_lines(monkeypatch, time_machine):
    class PowerCutError(Exception):
        pass

    def cut(*args, **kwargs):
        raise PowerCutError

    dora = donor(SAM)
    HeartFactory(email=SAM)
    erasures.approve(erasures.ask(email=SAM, case="P-1", why="wish", by=officer()), by=officer("kim"))
    with monkeypatch.context() as broken:
        broken.setattr("office.privacy.subjects.supporters.erase_subject", cut)
        with pytest.raises(PowerCutError):
            erasures.work()
    time_machine.move_to(timezone.now() + dt.timedelta(seconds=erasures.LEASE_SECONDS + 1))
    assert erasures.work() == 1
    erasure = Erasure.objects.get()
    assert erasure.status == "done"
    assert f"{dora.public_id} is erased." in erasure.outcome
    assert "1 pledges" in erasure.outcome


def test_a_case_that_runs_under_the_name_is_waited_for(time_machine):
    HeartFactory(email=SAM, public_name="Quillfeather")
    olga, kim = officer(), officer("kim")
    case = InvalidationCase.objects.create(
        title="a flood", why="a flood", name="quillfeather", status="running", opened_by=olga
    )
    erasure = erasures.approve(erasures.ask(email=SAM, case="P-1", why="wish", by=olga), by=kim)
    erasures.work()
    erasure.refresh_from_db()
    assert (erasure.status, f"cases run under a name: {case.pk}" in erasure.reason) == ("held", True)
    assert Pledge.objects.get().public_name == "Quillfeather"
    InvalidationCase.objects.update(status="done")
    page = reverse("admin:office_erasure_again", args=[erasure.pk])
    desk_of(kim).post(page, {"act": "again"})
    case.refresh_from_db()
    assert case.name == "[erased]"
    assert Erasure.objects.get().status == "done"
