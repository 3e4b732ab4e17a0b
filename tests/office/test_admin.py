"""What Ada sees and may do in the office."""

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from blueheart.post.models import Message
from blueheart.trail.models import Entry
from blueheart.trail.record import record
from campaigns.models import Fact
from donations.models import Dispute, FraudWarning, Payout, Refund, RefundRequest, StripeEvent
from office.admin_site import OfficeAdminSite
from office.home.heaps import HEAPS
from pledges.models import HeartReport
from tests.campaigns.factories import HelplineFactory
from tests.donations.factories import donation
from tests.office.factories import PASSWORD, StaffFactory, sign_in
from tests.pledges.factories import HeartFactory


def message(number: int = 1, **fields) -> Message:
    return Message.objects.create(
        kind="pledge-confirm", cause=f"pledge-confirm:{number}", subject_id=number, language="en", **fields
    )


def shelved(number: int = 1) -> Message:
    message(number).shelve("SMTPRecipientsRefused")
    return Message.objects.get(cause=f"pledge-confirm:{number}")


def act(office, action: str, *rows: Message):
    token = office.cookies["csrftoken"].value
    fields = {"action": action, "_selected_action": [row.pk for row in rows], "csrfmiddlewaretoken": token}
    return office.post("/staff/post/message/", fields, follow=True)


def post(desk, url: str, **fields):
    """Send a form of the office that was opened before."""
    return desk.post(url, fields | {"csrfmiddlewaretoken": desk.cookies["csrftoken"].value}, follow=True)


@pytest.fixture
def clerk(desk, db):
    """A browser of staff who may do only what `clerk(…)` is told."""

    def sit_down(*permissions: str):
        user = StaffFactory(username="clerk", is_superuser=False)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        TOTPDevice.objects.create(user=user, name="phone")
        sign_in(desk, user)
        return desk

    return sit_down


def test_the_admin_is_the_office():
    assert isinstance(admin.site, OfficeAdminSite)


@pytest.mark.parametrize(
    "model", sorted(admin.site._registry, key=lambda model: model._meta.label), ids=lambda model: model._meta.label
)
def test_every_list_and_every_form_to_add_opens(office, model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert office.get(reverse(f"{name}_changelist")).status_code == 200
    assert office.get(reverse(f"{name}_add")).status_code in {200, 403}
    assert office.get(reverse(f"{name}_changelist"), {"q": "sam"}).status_code == 200


def test_home_says_what_waits_and_leads_to_it(office):
    shelved(1), shelved(2)
    message(3)

    text = office.get("/staff/").content.decode()

    assert "Mails that could not be sent" in text
    assert '<a href="/staff/post/message/?status__exact=shelved">' in text
    found = office.get("/staff/post/message/?status__exact=shelved").context["cl"].result_count
    assert found == 2


def test_every_heap_on_the_home_counts_what_its_list_shows(office):
    for number, status in enumerate(["waiting", "shelved"]):
        message(number, status=status)
        donation("quarantined")
        donation("pending")
        pledge = HeartFactory(words="I wear it." if number else "")
        for reason in ("other", "may-need-help"):
            HeartReport.objects.create(pledge=pledge, reason=reason, settled_at=timezone.now() if number else None)
        ended = {"shelved_at": timezone.now(), "next_attempt_at": None, "reason": "broken"} if number else {}
        state = "shelved" if number else "received"
        StripeEvent.objects.create(stripe_event_id=f"evt_{number}", payload="{}", source="poll", status=state, **ended)
        HelplineFactory(read_on=timezone.now().date() - dt.timedelta(days=400 * number))
        money_that_went_back(number)

    desk = office.get("/staff/").context["desk"]

    of_content = {"Content to be reviewed", "Published rows that lack a translation"}  # they have a desk of their own
    lists = [heap for heap in desk.heaps if heap.label not in of_content]
    review = next(heap for heap in desk.heaps if heap.label == "Content to be reviewed")
    counts = {str(heap.label): heap.count for heap in lists if heap.count}
    assert {name for name, count in counts.items() if count == 2} == {
        "Hearts that a visitor reported", "Gifts that differ at Stripe from what we asked",
    }  # fmt: skip
    assert sorted(counts.values()) == [1] * 11 + [2] * 2
    assert [office.get(heap.list_url).context["cl"].result_count for heap in lists] == [heap.count for heap in lists]
    assert review.count == len(office.get(review.url).context["in_review"]) == 0


def money_that_went_back(number):
    """Of each kind one that is settled, and one that wants somebody."""
    gift, waits, now = donation("succeeded"), bool(number), timezone.now()
    Refund.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="waiting" if waits else "declined", source="stripe",
        next_attempt_at=None,
    )  # fmt: skip
    Refund.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="approved", source="stripe",
        next_attempt_at=None if waits else now, shelved_at=now if waits else None,
    )  # fmt: skip
    RefundRequest.objects.create(
        donation=gift, amount_minor=1, status="open" if waits else "declined", decided_at=None if waits else now
    )
    Dispute.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="needs_response" if waits else "lost", status_as_of=now,
        opened_at=now, stripe_dispute_id=f"dp_{number}", evidence_due_at=now,
    )  # fmt: skip
    FraudWarning.objects.create(donation=gift, stripe_warning_id=f"issfr_{number}", is_actionable=waits)
    # The first failed and another arrived; the last failed, and none has arrived since.
    for turn, status in enumerate(["failed"] if waits else ["failed", "paid"]):
        Payout.objects.create(
            stripe_payout_id=f"po_{number}_{turn}", amount_minor=1, currency="USD", status=status, status_as_of=now,
            arrives_on=now.date(), created_at=now + dt.timedelta(hours=10 * number + turn),
        )  # fmt: skip


OF_ROWS_THAT_GROW = [heap for heap in HEAPS if heap.model is not Fact]  # of figures there are some hundred


@pytest.mark.parametrize("heap", OF_ROWS_THAT_GROW, ids=lambda heap: heap.query)
def test_heaps_are_counted_by_an_index_of_their_own(heap, db):
    """The home is opened all day: it reads what waits, and not what was done in all the years before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = heap.counted().explain()

    assert "Index Scan" in plan
    # A join of two such indexes may compare their rows: none was read that does not wait, or settles what waits.
    assert not re.search(r"^\s*Filter:", plan, re.MULTILINE)


def test_home_of_a_clerk_shows_only_what_they_may_act_on(clerk):
    desk = clerk("post.view_message", "post.change_message", "pledges.view_pledge").get("/staff/").context["desk"]

    assert [heap.label for heap in desk.heaps] == ["Mails that could not be sent"]


def test_home_of_a_clerk_who_may_only_look_has_no_heaps(clerk):
    assert clerk("post.view_message", "pledges.view_pledge").get("/staff/").context["desk"].heaps == []


def test_mail_is_sent_again_and_the_trail_says_who_did_it(ada, office):
    row = shelved()

    page = act(office, "send_again", row)

    assert "1 mail will be sent again." in page.content.decode()
    row.refresh_from_db()
    assert (row.status, row.tries, row.reason) == (Message.Status.WAITING, 0, "SMTPRecipientsRefused")
    entry = Entry.objects.get(action="post.sent-again")
    assert (entry.actor, entry.target_type, entry.target_id) == (ada, "post.message", str(row.pk))


def test_mail_that_is_waiting_anyway_is_left_as_it_is(office):
    row = message(next_attempt_at=timezone.now() + dt.timedelta(hours=1))

    act(office, "send_again", row)

    assert Message.objects.get().next_attempt_at == row.next_attempt_at


def test_clerk_who_may_only_look_cannot_send_again(clerk):
    row = shelved()

    act(clerk("post.view_message"), "send_again", row)

    assert Message.objects.get().status == Message.Status.SHELVED


@pytest.mark.parametrize("path", ["post/message", "trail/entry", "trail/seal", "office/jobturn"])
def test_even_a_superuser_adds_changes_and_deletes_nothing(office, path):
    record("pledge.hidden")
    row = message()
    pk = row.pk if path == "post/message" else Entry.objects.first().pk

    assert office.get(f"/staff/{path}/add/").status_code == 403
    token = office.cookies["csrftoken"].value
    for page in (f"{pk}/delete/", f"{pk}/change/"):
        answer = office.post(f"/staff/{path}/{page}", {"post": "yes", "csrfmiddlewaretoken": token})
        assert answer.status_code in {302, 403}
    assert Message.objects.get() == row
    assert Entry.objects.filter(action="pledge.hidden").exists()


def test_lists_cost_the_same_queries_for_one_row_and_thirty(office, django_assert_max_num_queries):
    for number in range(30):
        message(number)
        record("pledge.hidden", actor=StaffFactory())
    for path in ("post/message", "trail/entry"):
        with django_assert_max_num_queries(15):
            office.get(f"/staff/{path}/")


def test_secret_of_a_phone_is_shown_to_nobody(office, phone):
    device = TOTPDevice.objects.get()
    for path in ("/staff/otp_totp/totpdevice/", f"/staff/otp_totp/totpdevice/{device.pk}/change/"):
        text = office.get(path).content.decode()
        assert device.key not in text
        assert "otpauth" not in text


@pytest.mark.parametrize("lookup", ["key__startswith", "key", "key__regex", "user__password__startswith"])
def test_secret_of_a_phone_cannot_be_guessed_letter_by_letter(office, lookup):
    """Mallory at a desk that was left open asks: does it begin with a? with b?"""
    key = TOTPDevice.objects.get().key

    answers = [
        office.get("/staff/otp_totp/totpdevice/", {lookup: guess}, follow=True) for guess in (key[:1], "no such key")
    ]

    assert [answer.status_code for answer in answers] == [400, 400]


@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        ("donations/receipt", "snapshot__donor_name__startswith"),
        ("donations/tribute", "notice_email__startswith"),
        ("donations/tribute", "notice_name__startswith"),
        ("exports/preparedexport", "query__contains"),
        ("office/erasure", "email__startswith"),
    ],
)
def test_what_a_page_does_not_show_cannot_be_guessed_letter_by_letter(office, page, lookup):
    assert office.get(f"/staff/{page}/", {lookup: "d"}).status_code == 400


def test_clerk_who_manages_accounts_cannot_make_themselves_more(clerk):
    desk = clerk("auth.view_user", "auth.change_user")
    user = User.objects.get(username="clerk")
    fields = {"username": "clerk", "first_name": "Cleo", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    fields |= {"email": user.email}
    fields |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    fields |= {"user_permissions": [right.pk for right in Permission.objects.all()]}

    answer = post(desk, f"/staff/auth/user/{user.pk}/change/", **fields)

    user = User.objects.get(username="clerk")
    assert answer.status_code == 200
    assert (user.first_name, user.is_superuser, user.is_staff) == ("Cleo", False, True)
    assert user.user_permissions.count() == 2


def test_clerk_who_manages_accounts_leaves_superusers_alone(clerk, ada, phone):
    desk = clerk("auth.view_user", "auth.change_user", "auth.delete_user", "otp_totp.delete_totpdevice")
    page, device = f"/staff/auth/user/{ada.pk}", TOTPDevice.objects.get(user=ada)
    password = {"password1": "mine now 1234567", "password2": "mine now 1234567", "usable_password": "true"}

    assert desk.get(f"{page}/change/").context["has_change_permission"] is False
    assert post(desk, f"{page}/password/", **password).status_code == 403
    assert post(desk, f"{page}/delete/", post="yes").status_code == 403
    assert post(desk, f"/staff/otp_totp/totpdevice/{device.pk}/delete/", post="yes").status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [device.pk], "post": "yes"}
    assert post(desk, "/staff/otp_totp/totpdevice/", **chosen).status_code in {302, 403}
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert TOTPDevice.objects.filter(pk=device.pk).exists()


def test_clerk_gives_no_rights_by_a_group(clerk):
    desk = clerk("auth.view_group", "auth.add_group", "auth.change_group")

    assert post(desk, "/staff/auth/group/add/", name="all", permissions=[1]).status_code == 403


def test_recovery_codes_are_in_no_list(office):
    assert office.get("/staff/otp_static/staticdevice/").status_code == 404
    assert office.get("/staff/office/recoverycode/").status_code == 404


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("zh-hans", "ltr"), ("fr", "ltr")])
def test_office_speaks_the_browsers_language(office, language, direction):
    text = office.get("/staff/", headers={"Accept-Language": language}).content.decode()

    assert f'<html lang="{language}" dir="{direction}">' in text


def test_every_page_of_the_office_says_test_mode(office, client):
    for answer in (office.get("/staff/"), office.get("/staff/post/message/"), client.get("/staff/login/")):
        assert "TEST MODE" in answer.content.decode()


def test_office_is_kept_out_of_caches_and_of_search_engines(office):
    answer = office.get("/staff/")

    assert "no-store" in answer.headers["Cache-Control"]
    assert '<meta name="robots" content="NONE,NOARCHIVE">' in answer.content.decode()
