"""What a donor may ask of us about themselves: everything that we keep, or to be forgotten."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import donations.messages
from blueheart.post.jobs import send_due
from blueheart.post.letters import _writers
from blueheart.trail.models import Entry
from donations import jobs
from donations.models import (
    Donation,
    Donor,
    GivingLink,
    LegalEntity,
    MonthlyGift,
    Receipt,
    Refund,
    RefundRequest,
    StripeEvent,
    Tribute,
)
from donations.services.event_bodies import without_personal_data
from donations.services.inbox import take_in
from donations.services.privacy import ErasureHeldError, erase_again, erase_subject, export_subject, find_subject
from donations.services.subject_data import SUBJECTS
from tests.donations.conftest import books
from tests.donations.factories import NOW, donation, donor
from tests.donations.giving_desk import visit
from tests.donations.money_desk import member

pytestmark = pytest.mark.django_db

# Everything that names Dora, or somebody whom she named to us.
DORAS = ("dora", "donor dora", "marta", "tomas", "zephyr")
TYPED = {
    "email": "dora@example.org",
    "receipt_name": "Dora Donordora",
    "public_name_kind": "alias",
    "public_name": "Zephyrine",
    "words": "Zephyr words",
    "is_16_or_older": "on",
    "is_amount_shown": "on",
    "tribute_kind": "memory",
    "honoured_name": "Marta",
    "notice_email": "tomas@example.org",
    "notice_name": "Tomas",
    "notice_from": "Dora",
}


def text_of_every_table(*, without=()):
    """All that is stored, table by table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name not in without]
        for table in sorted(tables):
            cursor.execute(f"SELECT coalesce(string_agg(row_text::text, E'\\n'), '') FROM \"{table}\" AS row_text")
            yield table, cursor.fetchone()[0].lower()


def traces(*, without=()):
    return {(table, name) for table, text in text_of_every_table(without=without) for name in DORAS if name in text}


def issue_receipt(gift, number="BH-2026-000001", **changes):
    entity = LegalEntity.objects.filter(is_default=True).first() or LegalEntity.objects.create(code="BH", name="BH")
    fields = {
        "entity": entity, "year": 2026, "sequence": int(number[-6:]), "number": number, "donation": gift,
        "amount_minor": gift.amount_minor, "currency": gift.currency, "language": "en",
        "snapshot": {"donor": "Dora Donordora"}, "kept_until": dt.date(2033, 12, 31),
    }  # fmt: skip
    return Receipt.objects.create(**fields | changes)


# Erasing


def test_nothing_of_an_erased_donor_is_left_but_the_receipts(client, sandbox, dora_gives, worker, mailoutbox):
    """A whole life: gifts once and monthly, a refund asked for, words, a tribute, mails; then she is forgotten."""
    once = dora_gives(**TYPED)
    sandbox.pay(once)
    monthly = dora_gives(**TYPED | {"interval": "month", "tribute_kind": "", "honoured_name": "", "notice_email": "",
                                    "notice_name": "", "notice_from": ""})  # fmt: skip
    sandbox.pay(monthly)
    left_open = dora_gives(**TYPED | {"preset": "5000"})
    worker()
    jobs.issue_receipts()
    send_due()
    once.refresh_from_db()
    ada = member("ada", "refund_donation")
    wish = RefundRequest.objects.create(donation=once, amount_minor=500, words="zephyr refund words")
    Refund.objects.create(
        donation=once, amount_minor=500, currency="USD", status="waiting", source="staff", requested_by=ada,
        why="Mrs DONORDORA, dora@example.org, rang up", reason="Donordora called it off",
        next_attempt_at=None,
    )  # fmt: skip
    assert {"donations_donor", "donations_donation", "donations_tribute"} <= {table for table, _name in traces()}
    assert "donations_stripeevent" not in {table for table, _name in traces()}
    before = books()
    monthly_gift = MonthlyGift.objects.get()
    dora = find_subject("DORA@example.org")
    secret = visit(client, dora)

    answer = secret.post("/en/giving/privacy/erase/", {"is_understood": "on"})

    assert "Your data is erased" in answer.content.decode()
    kept = list(Receipt.objects.order_by("number"))
    assert [receipt.number in answer.content.decode() for receipt in kept] == [True, True]
    assert traces(without={"donations_receipt"}) == set()
    assert {name for _table, name in traces()} == {"dora", "marta"}
    assert books() == before
    monthly_gift.refresh_from_db()
    assert monthly_gift.status == "canceled"
    assert sandbox.api(f"subscriptions/{monthly_gift.stripe_subscription_id}")["status"] == "canceled"
    assert sandbox.api(f"customers/{monthly_gift.stripe_customer_id}")["deleted"]
    left_open.refresh_from_db()
    assert left_open.status == "expired"
    wish.refresh_from_db()
    assert (wish.status, wish.words) == ("open", "")
    refund = Refund.objects.get(source="staff")
    assert (refund.why, refund.reason) == ("Mrs [erased], [erased], rang up", "[erased] called it off")
    assert mailoutbox[-1].to == ["dora@example.org"]
    assert all(receipt.number in mailoutbox[-1].body for receipt in kept)
    assert secret.get("/en/giving/home/").status_code == 403
    assert find_subject("dora@example.org") is None
    assert Entry.objects.get(action="donor.erased").target_id == str(dora.pk)

    mails = len(mailoutbox)
    worker()
    send_due()
    assert len(mailoutbox) == mails
    assert traces(without={"donations_receipt"}) == set()


def test_where_stripe_cannot_be_asked_nothing_is_erased(client, settings, sandbox, dora_gives, worker, mailoutbox):
    sandbox.pay(dora_gives(interval="month"))
    worker()
    mails = len(mailoutbox)
    visit(client, Donor.objects.get())
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    answer = client.post("/en/giving/privacy/erase/", {"is_understood": "on"})

    assert answer.status_code == 503
    assert "Stripe cannot be asked" in answer.content.decode()
    dora = Donor.objects.get()
    assert (dora.email, dora.erased_at) == ("dora@example.org", None)
    assert MonthlyGift.objects.get().status == "active"
    assert Donation.objects.get().receipt_name == "Dora Donor"
    assert len(mailoutbox) == mails


def test_a_bank_debit_that_is_still_on_its_way_begins_no_monthly_gift(sandbox, dora_gives, worker):
    gift = dora_gives(interval="month")
    sandbox.pay(gift, account="000123456789", settled=False)
    worker()
    gift.refresh_from_db()
    assert (gift.status, gift.monthly_gift) == ("processing", None)

    erase_subject(gift.donor)

    (subscription,) = sandbox.api("subscriptions?status=all")["data"]
    assert subscription["status"] in {"canceled", "incomplete_expired"}


def test_erasing_needs_the_box_and_the_button(client):
    visit(client)
    assert client.get("/en/giving/privacy/erase/").status_code == 200
    answer = client.post("/en/giving/privacy/erase/")
    assert "cannot be brought back" in answer.content.decode()
    assert Donor.objects.get().erased_at is None


def test_erasing_twice_tells_the_same_and_the_address_is_free_again():
    gift = donation("succeeded")
    receipt = issue_receipt(gift)
    dora = gift.donor

    assert erase_subject(dora) == [receipt]
    assert erase_subject(dora) == [receipt]
    assert Entry.objects.filter(action="donor.erased").count() == 1
    assert donor("dora@example.org").pk != dora.pk


def test_mallory_erases_herself_and_nobody_else(client):
    gift = donation("succeeded", public_name="Dora", is_16_or_older=True)
    visit(client, donor("mallory@example.org", name="Mallory"))
    client.post(
        "/en/giving/privacy/erase/", {"is_understood": "on", "donor": gift.donor.pk, "email": "dora@example.org"}
    )

    gift.refresh_from_db()
    assert (gift.public_name, gift.donor.email) == ("Dora", "dora@example.org")


def test_a_mail_server_that_is_away_does_not_hold_the_end(client, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    visit(client)
    answer = client.post("/en/giving/privacy/erase/", {"is_understood": "on"})
    assert "Your data is erased" in answer.content.decode()
    assert "dora" not in caplog.text


def test_a_gift_that_came_in_the_moment_of_erasing_is_forgotten_at_night():
    gift = donation("succeeded")
    erase_subject(gift.donor)
    late = donation("pending", donor=gift.donor, receipt_name="Dora Donor", public_name="Zed", is_16_or_older=True)
    other = donation("pending", donor=donor("mallory@example.org"), receipt_name="Mallory")

    assert [erase_again(), erase_again()] == [1, 0]
    late.refresh_from_db()
    other.refresh_from_db()
    assert (late.receipt_name, late.public_name, other.receipt_name) == ("", "", "Mallory")


# What Stripe tells us


def test_events_are_kept_without_what_is_personal():
    event = {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False, "created": 1,
        "data": {
            "object": {
                "id": "cs_test_1", "customer_details": {"email": "dora@example.org", "name": "Dora"}, "amount_total": 5,
                "charges": [{"billing_details": {"name": "Dora"}, "receipt_email": "dora@example.org", "id": "ch_1"}],
                "description": "Gift of dora@example.org",
            },
            "previous_attributes": {"customer_email": "dora@example.org"},
        },
    }  # fmt: skip
    take_in(json.dumps(event).encode(), source="webhook")
    take_in(b"signed, but odd: dora@example.org", source="webhook")

    stored = StripeEvent.objects.get(stripe_event_id="evt_1")
    assert json.loads(stored.payload)["data"]["object"]["charges"][0]["id"] == "ch_1"
    assert json.loads(stored.payload)["data"]["object"]["amount_total"] == 5
    assert stored.stripe_object_id == "cs_test_1"
    assert traces() == set()


@pytest.mark.parametrize(
    "body", ['{"a":' * 40_000 + "1" + "}" * 40_000, "[" * 900 + '"x@y.org"' + "]" * 900, "a" * 262_144, "x@" * 131_072]
)
def test_a_body_made_to_keep_us_busy_does_not(body):
    begun = timezone.now()
    assert "x@y.org" not in without_personal_data(body)
    assert timezone.now() - begun < dt.timedelta(seconds=3)


# Download


def test_the_download_has_everything_in_two_forms(client):
    gift = donation("succeeded", receipt_name="Dora Donor", public_name="D", words="Hi", words_status="waiting",
                    is_16_or_older=True)  # fmt: skip
    Tribute.objects.create(donation=gift, kind="memory", honoured_name="Marta", notice_email="t@example.org",
                           notice_on=NOW.date())  # fmt: skip
    issue_receipt(gift)
    RefundRequest.objects.create(donation=gift, amount_minor=5, words="please")
    visit(client)

    answer = client.post("/en/giving/privacy/download/")

    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        data, page = json.loads(files.read("data.json")), files.read("data.html").decode()
    (found,) = data["donations"]
    assert data["donor"][0]["email"] == "dora@example.org"
    assert (found["public_name"], found["words"], found["amount_minor"]) == ("D", "Hi", 2500)
    assert found["tribute"][0]["notice_email"] == "t@example.org"
    assert found["receipts"][0]["snapshot"] == {"donor": "Dora Donordora"}
    assert found["refund_requests"][0]["words"] == "please"
    assert [act["action"] for act in data["acts"]] == ["donor.visit-begun"]
    assert data["links"][0].keys() == {"sent_at", "opened_at", "expires_at"}
    for said in ("dora@example.org", "Marta", "t@example.org", "please", "US$25.00"):
        assert said in page
    assert GivingLink.objects.get().digest not in json.dumps(data) + page


def test_the_download_has_nothing_of_anybody_else(client):
    donation("succeeded", receipt_name="Dora Donor")
    visit(client, donor("mallory@example.org", name="Mallory"))
    with zipfile.ZipFile(io.BytesIO(client.post("/en/giving/privacy/download/").content)) as files:
        assert "dora" not in "".join(files.read(name).decode().lower() for name in files.namelist())


def test_downloading_many_gifts_takes_as_many_queries_as_one(client):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert export_subject(Donor.objects.get())
        return len(asked)

    issue_receipt(donation("succeeded"), "BH-2026-000100")
    one = queries()
    for number in range(30):
        issue_receipt(donation("succeeded"), f"BH-2026-{number + 1:06d}")
    assert queries() == one


def test_every_row_that_hangs_on_a_donor_is_in_the_download():
    """A new table with a way to a donor must be added to the download, or to what is left out with a reason."""
    exported = {
        "Donation", "Donor", "Dispute", "FraudWarning", "GivingLink", "LedgerEntry", "LedgerTransaction", "MonthlyGift",
        "MonthlyGiftChange", "Receipt", "ReceiptOrder", "Refund", "RefundRequest", "TransferReference", "Tribute",
        "BankMatch",  # by its line
    }  # fmt: skip
    left_out = {
        "GiftReport",  # what somebody else told us of a shown name
        "PublicGift",  # a donation by another name
        "ReconciliationFinding",  # about our books and Stripe's, by ids
        "UncountedTransaction",  # what the public totals have not counted yet
    }
    reached = {Donor}
    while True:
        more = {
            model
            for model in apps.get_app_config("donations").get_models()
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.related_model in reached
        } - reached
        if not more:
            break
        reached |= more
    assert {model.__name__ for model in reached} - left_out <= exported


def test_every_kind_of_mail_to_donors_is_in_the_download():
    assert donations.messages
    to_others = ("alert-", "group-", "pledge-", "instalment-", "promise-", "staff-")
    kinds = {kind for kind in _writers if not kind.startswith(to_others)}
    assert kinds - SUBJECTS.keys() == set()


# By hand


def test_the_commands_export_and_erase(capsys):
    gift = donation("succeeded")
    issue_receipt(gift)
    call_command("export_subject", "DORA@example.org")
    assert json.loads(capsys.readouterr().out)["donations"]["donor"][0]["email"] == "dora@example.org"

    call_command("erase_subject", "dora@example.org")
    assert capsys.readouterr().out.splitlines() == [
        f"{gift.donor.public_id} is erased.",
        "The law wants receipt BH-2026-000001 kept until 2033-12-31.",
    ]
    with pytest.raises(CommandError, match="Nobody is known"):
        call_command("erase_subject", "dora@example.org")


def test_the_command_erases_nothing_where_stripe_cannot_be_asked(monkeypatch):
    def held(*args, **kwargs):
        raise ErasureHeldError("GatewayError")

    donor()
    monkeypatch.setattr("office.privacy.subjects.donors.erase_subject", held)
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_subject", "dora@example.org")
