"""Somebody who did everything here asks for their data, and then to be forgotten: two people at the desk, no trace."""

import json

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from blueheart.post.jobs import send_due
from donations import books
from donations.models import Contributor, Organisation, Receipt, Tribute
from office.models import Erasure
from pledges.models import Fulfilment, HeartPhoto, HeartReport, KeeperLink
from pledges.services import photos
from tests.donations.money_desk import member
from tests.donations.test_privacy import text_of_every_table
from tests.office.factories import desk_of
from tests.pledges.factories import BodyFactory, GroupFactory, HeartFactory
from tests.reading_pdf import text_of

pytestmark = pytest.mark.django_db

SAM = "zsam@example.org"
TRACES = ("zsam", "quillfeather", "marta")
RIGHTS = ("find_person", "export_person", "ask_erasure", "approve_erasure", "view_erasure")


def places():
    """The tables in which somebody is named; receipts are kept by law."""
    told = text_of_every_table(without={"donations_receipt"})
    return {table for table, text in told if any(name in text or name.encode().hex() in text for name in TRACES)}


def test_who_did_everything_is_found_exported_and_erased_by_two(sandbox, dora_gives, worker, mailoutbox):
    said = {
        "email": SAM, "receipt_name": "Zsam Quillfeather", "public_name_kind": "alias", "public_name": "Quillfeather",
        "words": "Quillfeather words", "is_16_or_older": "1", "tribute_kind": "memory", "honoured_name": "Marta",
        "notice_email": "zsam@example.org", "notice_name": "Zsam", "notice_from": "Quillfeather",
    }  # fmt: skip
    sandbox.pay(dora_gives(**said))
    monthly = dora_gives(**said | {"interval": "month", "tribute_kind": "", "honoured_name": "", "notice_email": "",
                                   "notice_name": "", "notice_from": ""})  # fmt: skip
    sandbox.pay(monthly)
    worker()
    send_due()
    # Another gave in somebody's honour and had Sam told of it; two bodies have Sam as their contact.
    to_sam = {"notice_email": SAM, "notice_name": "Zsam", "notice_from": "Dora"}
    others = dora_gives(tribute_kind="honour", honoured_name="Ana", **to_sam)
    sandbox.pay(others)
    worker()
    told = Tribute.objects.get(donation=others)
    contact = {"contact_name": "Quillfeather", "contact_email": "ZSAM@example.org"}
    company = Contributor.objects.create(kind="company", name="Sea plc", **contact)
    shelter = Organisation.objects.create(name="Safe Harbour", country="PT", **contact)
    heart = HeartFactory(email=SAM, public_name="Quillfeather", words="Zsam", words_status="approved")
    photo = photos.put(heart, webp=b"webp quillfeather", size=(4, 4), alt="Quillfeather at sea", consent_version=1)
    photo.file.save("quillfeather.webp", ContentFile(bytes(photo.held.webp)), save=False)
    photo.held.delete()
    photo.status, photo.decided_at = HeartPhoto.Status.APPROVED, timezone.now()
    photo.save()
    Fulfilment.objects.create(pledge=heart, answer="done", words="Quillfeather did it", words_status="waiting")
    HeartReport.objects.create(pledge=heart, reason="other", words="This is Quillfeather")
    BodyFactory(
        pledge=HeartFactory(email=SAM, kind="organisation", verification="verified", public_name="Sea Rescue"),
        contact_name="Zsam Quillfeather",
    )
    group = GroupFactory(keeper_email=SAM, keeper_name="Zsam", name="Class of Zsam", about="Led by Quillfeather")
    KeeperLink.objects.create(group=group, digest="k", expires_at=timezone.now())
    before = places()
    assert books.findings() == []
    assert {
        "donations_donor",
        "donations_contributor",
        "donations_organisation",
        "pledges_pledge",
        "pledges_group",
    } < before

    olga, kim = desk_of(member("olga", *RIGHTS)), desk_of(member("kim", *RIGHTS))
    found = olga.post("/staff/privacy/", {"typed": SAM.upper()})
    key = found.context["key"]
    data = olga.post("/staff/privacy/export/", {"key": key, "case": "P-7", "format": "json"})
    exported = json.loads(data.content)
    assert exported["donations"]["contact_of_contributors"][0]["contact_name"] == "Quillfeather"
    assert exported["donations"]["told_of_gifts"][0]["notice_name"] == "Zsam"
    assert "honoured_name" not in exported["donations"]["told_of_gifts"][0]
    assert exported["donations"]["donations"][0]["consent_version"] == 1
    assert exported["pledges"]["groups"][0]["name"] == "Class of Zsam"
    paper = olga.post("/staff/privacy/export/", {"key": key, "case": "P-7", "format": "pdf"})
    assert "Quillfeather at sea" in text_of(paper.content)
    preview = olga.post("/staff/privacy/erase/", {"key": key})
    said = preview.content.decode()
    assert all(receipt.number in said for receipt in Receipt.objects.exclude(donation=others))
    assert monthly.monthly_gift is None or monthly.monthly_gift.public_id in said
    olga.post("/staff/privacy/erase/", {"key": key, "ask": "yes", "case": "P-7", "why": "asked by letter"})
    decide = reverse("admin:office_erasure_decide", args=[Erasure.objects.get().pk])
    kim.post(decide, {"act": "approve", "seen": kim.get(decide).context["seen"]})

    assert Erasure.objects.get().status == "done"
    assert places() == set()
    assert books.findings() == []
    for row in (told, company, shelter, group, heart):
        row.refresh_from_db()
    assert (told.notice_email, told.honoured_name) == ("", "Ana")
    assert (company.name, company.contact_email, shelter.contact_name) == ("Sea plc", "", "")
    assert (group.status, heart.is_counted) == ("closed", True)
    mails = len(mailoutbox)
    worker()
    send_due()
    assert places() == set()
    assert not any(SAM in letter.to for letter in mailoutbox[mails:])
    assert "Nobody is found" in olga.post("/staff/privacy/", {"typed": SAM}).content.decode()
