"""Our secret is changed, because it leaked or because a year is over: what was mailed and written stays good."""

import io
import re
import subprocess
from types import SimpleNamespace

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command

from blueheart import tokens
from blueheart.limits import form_age
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.models import Donation
from office.signing_in import places
from pledges.models import Pledge, QuietAddress
from pledges.services import quiet
from tests.blueheart.test_bounces import report
from tests.donations import conftest as giving
from tests.office.factories import StaffFactory, desk_of
from tests.pledges import conftest as pledging
from tests.pledges import test_codes as coding

# A salt in the same line, or the one place that is told the purpose, or a key that is not ours (Stripe's webhook).
PURPOSES = (
    r'salted_hmac\("|salt=|blueheart/tokens\.py|donations/signatures\.py|_keyed\(settings'
    r"|settings\.LASTING_KEYS, settings\.SECRET_KEY"
)

pytestmark = pytest.mark.django_db
sandbox, _stand = giving.sandbox, giving._stand
wording, sam_pledges, mailed_link = pledging.wording, pledging.sam_pledges, pledging.mailed_link
press_confirm = pledging.press_confirm
send_form, mailed_code, type_code = coding.send_form, coding.mailed_code, coding.type_code
NEW_KEY = "a key of another year, as long and as random as the one before it"


@pytest.fixture
def change_the_key(settings):
    def change_the_key(*, keep=True):
        fallbacks = [settings.SECRET_KEY] if keep else []
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, fallbacks

    return change_the_key


def test_mailed_link_opens_after_the_key_was_changed_without_a_fallback(
    sam_pledges, mailed_link, press_confirm, change_the_key
):
    """Links are random: no key of ours is in them."""
    sam_pledges()
    link = mailed_link()
    change_the_key(keep=False)

    press_confirm(link)

    assert Pledge.objects.get().status == Pledge.Status.CONFIRMED


@pytest.mark.parametrize(("keep", "status"), [(True, "confirmed"), (False, "pending")])
def test_mailed_code_is_taken_while_the_older_key_is_a_fallback(
    send_form, mailed_code, type_code, change_the_key, keep, status
):
    send_form()
    digits = mailed_code()
    change_the_key(keep=keep)

    type_code(digits)

    assert Pledge.objects.get().status == status


def test_form_that_was_open_meanwhile_is_taken(change_the_key):
    shown = form_age.stamp()
    change_the_key()

    assert form_age.is_lasting(shown)
    change_the_key(keep=False)
    assert not form_age.is_lasting(shown)


def test_form_that_is_sent_before_and_after_leads_to_one_pay_page(client, sandbox, change_the_key):
    sent = giving.typed()
    before = client.post("/en/donate/", sent)
    change_the_key()
    after = client.post("/en/donate/", sent)

    assert (before.status_code, after.url) == (302, before.url)
    assert Donation.objects.count() == 1


def test_report_of_mail_that_came_back_is_believed_under_the_older_key_and_then_no_more(sam_pledges, change_the_key):
    sam_pledges()
    send_due()
    said = report(Message.objects.get().message_id, final="Final-Recipient: rfc822; sam@example.org")
    change_the_key(keep=False)
    with pytest.raises(CommandError, match="names no message of ours"):
        call_command("take_bounce", stdin=SimpleNamespace(buffer=io.BytesIO(said)))
    portal.SECRET_KEY_FALLBACKS = [NEW_KEY[::-1], portal.DEVELOPMENT_KEY]
    call_command("take_bounce", stdin=SimpleNamespace(buffer=io.BytesIO(said)), stdout=io.StringIO())

    assert [row.reason for row in QuietAddress.objects.all()] == ["bounced"]


def test_mailbox_to_be_left_alone_outlives_the_key_that_signs(settings, change_the_key):
    settings.LASTING_KEYS = ["a key that lasts"]
    quiet.leave_alone("sam@example.org", "not-me")
    change_the_key(keep=False)

    assert not quiet.may_write("sam@example.org")
    settings.LASTING_KEYS = ["the next that lasts", "a key that lasts"]
    assert not quiet.may_write("sam@example.org")
    settings.LASTING_KEYS = ["the next that lasts"]
    assert quiet.may_write("sam@example.org")


def test_mailbox_that_was_known_before_there_was_a_lasting_key_stays_known(settings):
    quiet.leave_alone("sam@example.org", "not-me")
    settings.LASTING_KEYS = ["a key that lasts"]

    assert not quiet.may_write("sam@example.org")


def test_ada_stays_signed_in_while_the_older_key_is_a_fallback(change_the_key):
    desk = desk_of(StaffFactory())
    change_the_key()

    assert desk.get("/staff/").status_code == 200


def test_key_that_leaked_signs_nobody_in_once_it_is_gone(change_the_key):
    desk = desk_of(StaffFactory())
    change_the_key(keep=False)

    assert desk.get("/staff/").status_code == 302


@pytest.mark.parametrize("keep", [True, False])
def test_browser_that_ada_signed_in_from_is_known_while_the_older_key_is_a_fallback(rf, change_the_key, keep):
    ada, desk = StaffFactory(), rf.post("/staff/login/", headers={"user-agent": "Firefox/140"})
    assert [places.is_new(ada, desk) for _time in range(2)] == [True, False]
    change_the_key(keep=keep)

    assert places.is_new(ada, desk) is not keep
    assert not places.is_new(ada, desk)


def test_seals_of_one_purpose_are_none_of_another():
    assert tokens.is_sealed("a", "Sam", tokens.seal("a", "Sam"))
    assert not tokens.is_sealed("b", "Sam", tokens.seal("a", "Sam"))
    assert not tokens.is_sealed("a", "Dora", tokens.seal("a", "Sam"))


def test_nothing_is_signed_or_sealed_without_a_purpose():
    """Everything under our key goes through `tokens.seal`, `salted_hmac` or a signer that has a salt of its own."""
    found = subprocess.run(
        ["git", "grep", "-nE", r"salted_hmac\(|hmac\.new\(|Signer\(|signing\.(dumps|loads)\(|settings\.SECRET_KEY\b",
         "--", "blueheart", "campaigns", "pledges", "donations", "office"],
        cwd=portal.BASE_DIR, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip

    assert found
    assert [line for line in found if not re.search(PURPOSES, line)] == []
