"""What a supporter may ask of us about themselves: everything that we keep, or to be forgotten."""

import io
import json
import logging
import re
import secrets
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pledges.messages
from blueheart.post.jobs import send_due
from blueheart.post.letters import _writers
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from pledges.models import (
    ConfirmationCode,
    Fulfilment,
    Group,
    HeartPhoto,
    HeartReport,
    InvalidatedPledge,
    InvalidationCase,
    KeeperLink,
    MailedLink,
    Pledge,
    PledgeTally,
    PledgingBody,
    QuietAddress,
)
from pledges.services import counting, photos, quiet
from pledges.services.privacy import erase_again, erase_pledge, erase_subject, export_subject, find_subject
from pledges.services.subject_data import LEFT_OUT
from tests.campaigns.factories import CampaignFactory
from tests.donations.factories import donation, donor
from tests.donations.money_desk import member
from tests.pledges.factories import BodyFactory, GroupFactory, HeartFactory, PledgeFactory, WordingFactory
from tests.pledges.own_pages import link_for, visit

pytestmark = pytest.mark.django_db

SAM = "zsam@example.org"
# Everything that names Sam; no other word of the database holds it.
TRACES = ("zsam", "quillfeather")


def traces(media):
    """Where one of Sam's names stands: in any row of any table, in any file."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in sorted(cursor.fetchall()):
            cursor.execute(f"SELECT coalesce(string_agg(row_text::text, E'\\n'), '') FROM \"{table}\" AS row_text")
            text = cursor.fetchone()[0].lower()
            found |= {table for name in TRACES if name in text or name.encode().hex() in text}
    for file in Path(media).rglob("*"):
        if file.is_file() and any(name in (file.name + file.read_text(errors="replace")).lower() for name in TRACES):
            found.add(str(file))
    return found


def counts():
    counting.close_windows()
    tallies = PledgeTally.objects.values_list("campaign__slug", "country", "kind", "confirmed", "fulfilled")
    promised = Pledge.precepts.through.objects.filter(pledge__status="confirmed")
    chosen = promised.values_list("preceptwording").annotate(models.Count("pk"))
    return sorted(tallies), sorted(chosen.order_by())


def a_photo(pledge, *, is_public):
    photo = photos.put(pledge, webp=b"webp quillfeather", size=(4, 4), alt="Quillfeather at sea")
    if is_public:
        photo.file.save("quillfeather.webp", ContentFile(bytes(photo.held.webp)), save=False)
        photo.held.delete()
        photo.status, photo.decided_at = HeartPhoto.Status.APPROVED, timezone.now()
        photo.save()
    return photo


# Erasing


def test_nothing_of_a_supporter_who_did_everything_is_left(
    client, sam_pledges, wording, settings, mailoutbox, caplog, django_capture_on_commit_callbacks
):
    """Pledged, confirmed by code, changed it, kept it with a photo, was reported, kept a group, spoke for a company,
    gave money with the same address: one command, and only the counts remember.
    """
    caplog.set_level(logging.INFO)
    token = secrets.token_urlsafe(32)
    sam_pledges(email=SAM, public_name="Quillfeather", words="Zsam was here, says Quillfeather.", form_token=token)
    send_due()
    (digits,) = re.findall(r"^ +(\d{3} \d{3})$", mailoutbox[-1].body, re.M)
    client.post("/en/pledge/check-your-mail/code/", {"form_token": token, "code": digits})
    sam = Pledge.objects.get()
    assert sam.status == "confirmed"
    visit(client, sam).post(
        f"/en/pledge/manage/hearts/{sam.public_id}/shown/",
        {"public_name": "Zsam Quillfeather", "words": "Zsam", "is_on_wall": "on"},
    )
    client.post("/en/pledge/manage/", {"email": SAM})
    send_due()
    link_for(sam)
    Fulfilment.objects.create(pledge=sam, answer="done", words="Quillfeather did it", words_status="waiting")
    Pledge.objects.update(fulfilled_at=timezone.now(), source_ip="192.0.2.7")
    a_photo(sam, is_public=True)
    HeartReport.objects.create(pledge=sam, reason="other", words="This is Quillfeather of Oak Street")
    withdrawn = HeartFactory(email=SAM, public_name="Zsam", status="withdrawn", campaign=CampaignFactory())
    a_photo(withdrawn, is_public=False)
    PledgeFactory(email=SAM, public_name="Waiting Quillfeather")
    company = BodyFactory(
        pledge=HeartFactory(
            email=SAM, kind="organisation", verification="verified", public_name="Quillfeather and Friends",
            words="Ask Zsam.", words_status="approved",
        ),
        contact_name="Zsam Quillfeather", link="https://quillfeather.example/",
    )  # fmt: skip
    group = GroupFactory(keeper_email=SAM, keeper_name="Zsam", name="Class of Zsam", about="Led by Quillfeather")
    KeeperLink.objects.create(group=group, digest="k", expires_at=timezone.now())
    ada = member("ada", "view_pledge")
    case = InvalidationCase.objects.create(
        title="All of Quillfeather",
        why="zsam@example.org wrote",
        name="zsam quillfeather",
        status="done",
        opened_by=ada,
    )
    LogEntry.objects.create(
        user=ada, content_type=ContentType.objects.get_for_model(Pledge), object_id=sam.pk, object_repr=str(sam),
        action_flag=CHANGE, change_message="[]",
    )  # fmt: skip
    SessionStore().save()
    donation("succeeded", donor=donor(email=SAM, name="Zsam Quillfeather"), receipt_name="Quillfeather")
    before = counts()
    places = traces(settings.MEDIA_ROOT)
    for table in ("pledge", "pledgingbody", "group", "heartreport", "fulfilment", "heldphoto", "invalidationcase"):
        assert f"pledges_{table}" in places
    assert any("hearts/" in place for place in places)
    mails, said = len(mailoutbox), io.StringIO()

    with django_capture_on_commit_callbacks(execute=True):
        call_command("erase_subject", "ZSAM@example.org", stdout=said)

    assert traces(settings.MEDIA_ROOT) == set()
    assert [name for name in TRACES if name in caplog.text.lower() + said.getvalue().lower()] == []
    assert counts() == before
    sam.refresh_from_db()
    assert (sam.country, sam.way, sam.precepts.get(), sam.is_counted) == ("PT", "pin", wording, True)
    assert (sam.erased_at is None, sam.hidden_reason, sam.fulfilment.answer) == (False, "own-wish", "done")
    company.refresh_from_db()
    assert (company.pledge.public_name, company.pledge.is_shown) == ("[erased] and Friends", True)
    assert (company.contact_name, company.link) == ("", "")
    group.refresh_from_db()
    assert (group.name, group.status, group.keeper_email) == ("Class of [erased]", "closed", "")
    case.refresh_from_db()
    assert (case.title, case.why, case.name) == ("All of [erased]", "[erased] wrote", "[erased]")
    assert Entry.objects.filter(action="pledge.erased").count() == 4
    send_due()
    assert len(mailoutbox) == mails  # letters that were still to be sent have nobody to go to
    assert traces(settings.MEDIA_ROOT) == set()
    assert client.get("/en/pledge/manage/home/").status_code == 403


def test_erasing_twice_or_somebody_unknown_does_nothing():
    HeartFactory(email=SAM)
    assert erase_subject(SAM).pledges == 1
    again = erase_subject(SAM)
    assert (again.pledges, again.groups, again.remains) == (0, 0, [])
    assert not find_subject(SAM).is_known


def test_a_verified_organisation_keeps_its_name_and_one_that_waits_does_not():
    verified = BodyFactory(pledge__email=SAM, contact_name="Olu").pledge
    waiting = BodyFactory(
        pledge=HeartFactory(email=SAM, kind="authority", verification="waiting", public_name="Town of Sines"),
        form=PledgingBody.Form.CITY,
    ).pledge
    erase_subject(SAM)
    for pledge in (verified, waiting):
        pledge.refresh_from_db()
    assert (verified.public_name, verified.erased_at, verified.canonical_email) == ("Sea Rescue", None, None)
    assert verified.is_shown
    assert (waiting.public_name, waiting.status, waiting.erased_at is None) == ("", "withdrawn", False)
    assert not Pledge.objects.to_verify().exists()


def test_a_group_without_its_keeper_is_closed_and_one_that_waits_is_deleted():
    open_one = GroupFactory(keeper_email=SAM)
    waiting = GroupFactory(keeper_email=SAM, status="waiting")
    other = GroupFactory()
    assert erase_subject(SAM).groups == 2
    open_one.refresh_from_db()
    assert (open_one.status, open_one.keeper_name) == ("closed", "")
    assert not Group.objects.filter(pk=waiting.pk).exists()
    assert Group.objects.get(pk=other.pk).is_open


def test_an_address_that_wants_silence_stays_silent_and_a_dead_one_is_forgotten():
    HeartFactory(email=SAM)
    quiet.leave_alone(SAM, QuietAddress.Reason.BOUNCED)
    HeartFactory(email="olu@example.org")
    quiet.leave_alone("olu@example.org", QuietAddress.Reason.NOT_ME)
    erase_subject(SAM)
    erase_subject("olu@example.org")
    assert [row.reason for row in QuietAddress.objects.all()] == ["not-me"]


def test_a_case_that_runs_by_the_name_is_told_and_erased_once_it_has_ended():
    sam = HeartFactory(email=SAM, public_name="Quillfeather")
    case = InvalidationCase.objects.create(
        title="a flood", why="a flood", name="quillfeather", status="running", opened_by=member("ada", "view_pledge")
    )
    InvalidatedPledge.objects.create(case=case, pledge=sam, standing="good")
    (told,) = erase_subject(SAM).remains
    assert f"case {case.pk}" in told
    case.refresh_from_db()
    assert case.name == "quillfeather"


def test_what_comes_in_the_very_moment_is_forgotten_by_the_next_night():
    sam = HeartFactory(email=SAM)
    erase_pledge(sam.pk)
    link_for(sam)
    HeartReport.objects.create(pledge=sam, reason="other", words="Quillfeather")
    Fulfilment.objects.create(pledge=sam, answer="done", words="Quillfeather", words_status="waiting")
    ConfirmationCode.objects.create(pledge=sam, form_digest="f", seal="s")
    assert erase_again() == 1
    assert erase_again() == 0
    assert (MailedLink.objects.count(), ConfirmationCode.objects.count()) == (0, 0)
    assert (HeartReport.objects.get().words, Fulfilment.objects.get().words) == ("", "")


# Exporting


def test_everything_is_told_and_costs_the_same_for_any_number():
    def a_whole_pledge(**kwargs):
        sam = HeartFactory(email=SAM, words="Hope", **kwargs)
        Fulfilment.objects.create(pledge=sam, answer="done", words="Did it", words_status="waiting").kept.set(
            sam.precepts.all()
        )
        HeartReport.objects.create(pledge=sam, reason="other", words="strange")
        a_photo(sam, is_public=False)
        link_for(sam)
        ConfirmationCode.objects.create(pledge=sam, form_digest=f"f{sam.pk}", seal="s")
        Message.objects.create(kind="pledge-confirm", cause=f"c{sam.pk}", subject_id=sam.pk, language="en")
        return sam

    sam = a_whole_pledge(public_name="Sam", precepts=[WordingFactory(), WordingFactory()])
    GroupFactory(keeper_email=SAM.upper().lower(), name="Escola")
    erase_note = Entry.objects.create(action="pledge.hidden", target_type="pledges.pledge", target_id=str(sam.pk))
    with CaptureQueriesContext(connection) as one:
        told = export_subject("ZSAM@example.org")
    (pledge,) = told["pledges"]
    assert (pledge["email"], pledge["public_name"], pledge["words"], pledge["country"]) == (SAM, "Sam", "Hope", "PT")
    assert len(pledge["precepts"]) == 2
    assert pledge["kept"][0]["words"] == "Did it"
    assert pledge["photo"][0]["alt"] == "Quillfeather at sea"
    assert "words" not in pledge["reports"][0]  # they may say who the visitor is
    assert {"links", "codes"} <= pledge.keys()
    assert told["groups"][0]["name"] == "Escola"
    assert [mail["kind"] for mail in told["mails"]] == ["pledge-confirm"]
    assert [act["action"] for act in told["acts"]] == [erase_note.action]
    assert json.dumps(told)

    a_whole_pledge(public_name="Kim", campaign=CampaignFactory(), precepts=[WordingFactory()])
    with CaptureQueriesContext(connection) as two:
        export_subject(SAM)
    assert len(two) == len(one)


def test_every_row_about_a_pledge_is_told_or_left_out_on_purpose():
    """A new table or field about supporters must be thought of here: told, erased, or said why not."""
    thought_of = {
        "ConfirmationCode", "Fulfilment", "HeartPhoto", "HeartReport", "InvalidatedPledge", "MailedLink",
        "Pledge_precepts", "PledgingBody",
    }  # fmt: skip
    about = {
        model.__name__
        for model in apps.get_app_config("pledges").get_models(include_auto_created=True)
        for field in model._meta.fields
        if field.is_relation and field.related_model is Pledge and not model._meta.proxy and "ptr" not in field.name
    }
    assert about == thought_of
    assert "email" not in LEFT_OUT


def test_the_subject_of_every_letter_is_known_by_its_kind():
    assert pledges.messages
    ours = {kind for kind, writer in _writers.items() if writer.__module__.startswith("pledges.")}
    assert {kind.split("-")[0] for kind in ours} <= {"pledge", "group", "alert"}
