"""Sam types the six digits of his letter; Mallory types digits to learn who has pledged."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blueheart.limits.models import Pause
from blueheart.post.jobs import send_due
from pledges import jobs
from pledges.models import ConfirmationCode, Pledge, PledgeDelta, QuietAddress
from pledges.services import codes, confirming, quiet
from pledges.services.pledging import Promise, make_pledge
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db
NOON = "2026-11-22T12:00:00Z"


@pytest.fixture
def send_form(wording, time_machine):
    """Send a form by its token, as the page does; the clock stands still."""
    time_machine.move_to(NOON, tick=False)
    campaign = wording.precept.offers.get().campaign

    def send_form(token="form-1", email="sam@example.org", **changes):
        said = {"country": "PT", "precepts": [wording], "way": "pin", "public_name": "Sam", "is_16_or_older": True}
        make_pledge(campaign=campaign, email=email, promise=Promise(**said | changes), language="en", form_token=token)

    return send_form


@pytest.fixture
def mailed_code():
    """The digits of the newest letter, once the worker has sent it."""

    def mailed_code() -> str:
        send_due()
        return re.search(r"^ +(\d{3} \d{3})$", mail.outbox[-1].body, re.M)[1]

    return mailed_code


@pytest.fixture
def type_code(client):
    """Type digits on the page after the form."""

    def type_code(digits: str, token: str = "form-1"):
        return client.post("/en/pledge/check-your-mail/code/", {"form_token": token, "code": digits})

    return type_code


def other(digits: str) -> str:
    """Six digits that are wrong."""
    return f"{(int(digits.replace(' ', '')) + 1) % 1_000_000:06}"


def test_code_of_the_letter_confirms_what_the_form_promised(send_form, mailed_code, type_code):
    send_form()
    answer = type_code(mailed_code())

    pledge = Pledge.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/en/hearts/{pledge.public_id}/?confirmed=1")
    assert (pledge.status, PledgeDelta.objects.count()) == ("confirmed", 1)


@pytest.mark.parametrize(
    "as_typed",
    [
        lambda code: code,
        lambda code: code.replace(" ", ""),
        lambda code: code.replace(" ", "-"),
        lambda code: f"  {' '.join(code)}\n",
        lambda code: code.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        lambda code: code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        lambda code: f"\u2068{code.replace(' ', '–')}\u2069",
    ],
)
def test_digits_are_taken_as_people_type_them(send_form, mailed_code, type_code, as_typed):
    send_form()

    assert type_code(as_typed(mailed_code())).status_code == 302


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "½½½½½½", "1" * 5000, "\x00"])
def test_what_is_no_code_is_told_kindly(send_form, mailed_code, type_code, typed):
    send_form()
    mailed_code()

    answer = type_code(typed)
    assert answer.status_code == 200
    assert "You have 4 more tries" in answer.content.decode()


def test_five_wrong_tries_end_the_code_and_the_link_still_works(
    send_form, mailed_code, type_code, mailed_link, press_confirm
):
    send_form()
    code = mailed_code()

    told = [re.search(r"You have (\d)|does not work", type_code(other(code)).content.decode())[0] for _ in range(5)]

    assert told == ["You have 4", "You have 3", "You have 2", "You have 1", "does not work"]
    assert "does not work any more" in type_code(code).content.decode()
    assert Pledge.objects.get().status == "pending"
    assert press_confirm(mailed_link()).status_code == 302


def test_code_works_for_fifteen_minutes(send_form, mailed_code, type_code, time_machine):
    send_form()
    code = mailed_code()
    time_machine.shift(15 * 60)

    assert "does not work any more" in type_code(code).content.decode()
    assert Pledge.objects.get().status == "pending"


def test_code_is_bound_to_the_form_that_was_sent(send_form, mailed_code, type_code):
    send_form()
    code = mailed_code()

    assert "does not work any more" in type_code(code, token="another-form").content.decode()
    assert Pledge.objects.get().status == "pending"


def test_second_form_within_ten_minutes_takes_over_the_live_code_with_its_tries(send_form, mailed_code, type_code):
    send_form("form-1")
    code = mailed_code()
    type_code(other(code), "form-1")
    send_form("form-2")
    send_due()

    assert len(mail.outbox) == 1
    assert "You have 3 more" in type_code(other(code), "form-2").content.decode()
    assert "You have 2 more" in type_code(other(code), "form-1").content.decode()
    assert type_code(code, "form-2").status_code == 302


def test_next_letter_ends_the_digits_of_the_last_one(send_form, mailed_code, type_code, time_machine):
    send_form("form-1")
    first = mailed_code()
    time_machine.shift(11 * 60)
    send_form("form-2")
    second = mailed_code()

    assert first != second
    assert "You have 4 more" in type_code(first, "form-1").content.decode()
    assert type_code(second, "form-1").status_code == 302


def test_right_code_does_not_confirm_what_somebody_else_wrote_into_the_pledge(send_form, mailed_code, type_code):
    """Mallory sends the form again, for Sam's address and name; Sam's letter has the code of both forms."""
    send_form("sams-form")
    code = mailed_code()
    send_form("mallorys-form", words="Mallory was here")

    answer = type_code(code, "sams-form")

    assert "Follow the link in the letter" in answer.content.decode()
    assert Pledge.objects.get().status == "pending"


def test_code_typed_after_the_link_leads_to_the_heart(send_form, mailed_code, type_code, mailed_link, press_confirm):
    send_form()
    code = mailed_code()
    press_confirm(mailed_link())

    assert type_code(code).url == f"/en/hearts/{Pledge.objects.get().public_id}/?confirmed=1"
    assert PledgeDelta.objects.count() == 1


def test_code_pressed_twice_counts_once(send_form, mailed_code, type_code):
    send_form()
    code = mailed_code()

    assert type_code(code).url == type_code(code).url
    assert PledgeDelta.objects.count() == 1


def test_organisation_that_confirms_by_code_is_thanked_and_waits_for_staff(send_form, mailed_code, type_code, client):
    send_form()
    Pledge.objects.update(kind="organisation", verification="waiting")
    ConfirmationCode.objects.update(seal=confirming.seal(Pledge.objects.get()))

    answer = type_code(mailed_code())

    assert answer.url == "/en/pledge/thanks/"
    assert "Our staff look at it" in client.get(answer.url).content.decode()
    assert (Pledge.objects.get().status, PledgeDelta.objects.count()) == ("confirmed", 0)


def known(send_form) -> None:
    HeartFactory(email="sam@example.org", precepts=Pledge.precepts.rel.model.objects.all())
    send_form()


def silenced(send_form) -> None:
    quiet.leave_alone("sam@example.org", QuietAddress.Reason.NOT_ME)
    send_form()


def new(send_form) -> None:
    send_form()


def household_is_full(send_form) -> None:
    for name in ("Dora", "Ana"):
        HeartFactory(email="sam@example.org", public_name=name, name_key=name.casefold())
    send_form()


def test_wrong_digits_tell_nothing_of_who_has_pledged(send_form, type_code):
    """Known, silenced, new or one too many: the same words and the same statements for each of six tries."""
    stories = {}
    for story in (known, silenced, new, household_is_full):
        Pledge.objects.all().delete()
        QuietAddress.objects.all().delete()
        story(send_form)
        send_due()
        stories[story.__name__] = tries = []
        for _try in range(6):
            with CaptureQueriesContext(connection) as asked:
                answer = type_code("000000x")
            text = re.sub(r'value="[^"]+"', "", answer.content.decode())
            tries.append((answer.status_code, text, [re.sub(r"\d+|'[^']*'", "", query["sql"]) for query in asked]))

    assert stories["known"] == stories["silenced"] == stories["new"] == stories["household_is_full"]


def test_second_form_tells_nothing_by_its_tries_either(send_form, type_code):
    told = {}
    for story in (known, silenced, new):
        Pledge.objects.all().delete()
        QuietAddress.objects.all().delete()
        story(send_form)
        send_due()
        type_code("x")
        send_form("form-2")
        told[story.__name__] = type_code("x", "form-2").content.decode().count("You have 3 more")

    assert told == {"known": 1, "silenced": 1, "new": 1}


def test_tries_from_before_the_letter_tell_nothing_either(send_form, type_code):
    """Mallory is quicker than the worker: the letter, which only some of them get, must not give a try back."""
    told = {}
    for story in (known, silenced, new, household_is_full):
        Pledge.objects.all().delete()
        QuietAddress.objects.all().delete()
        Pause.objects.all().delete()
        story(send_form)
        type_code("x")
        send_due()
        told[story.__name__] = type_code("x").content.decode().count("You have 3 more")

    assert told == {"known": 1, "silenced": 1, "new": 1, "household_is_full": 1}


@pytest.mark.parametrize("minutes", [0, 9, 11])
def test_forms_under_other_names_tell_nothing_by_their_tries(send_form, type_code, time_machine, minutes):
    """A third name shares its pledge with the first, the second or none, by how many the mailbox has."""
    told = {}
    for story in (known, new, household_is_full):
        Pledge.objects.all().delete()
        Pause.objects.all().delete()
        time_machine.move_to(NOON, tick=False)
        story(send_form)
        send_form("form-2", public_name="Xenia")
        time_machine.shift(minutes * 60)
        send_form("form-3", public_name="Yara")
        send_due()
        told[story.__name__] = said = []
        for token in ("form-1", "form-3", "form-2", "form-3"):
            said += re.findall(r"You have (\d)|does not work", type_code("x", token).content.decode())
        time_machine.move_to(NOON, tick=False)
        time_machine.shift(16 * 60)
        said += [type_code("x", f"form-{n}").content.decode().count("does not work") for n in (1, 2, 3)]

    assert told["known"] == told["new"] == told["household_is_full"]


def test_older_form_under_another_name_joins_the_new_round(send_form, type_code, time_machine):
    send_form("form-1", public_name="Sam")
    time_machine.shift(11 * 60)
    send_form("form-2", public_name="Dora")
    time_machine.shift(10 * 60)

    assert ["You have 4 more" in type_code("x", "form-1").content.decode(), ConfirmationCode.objects.count()] == [
        True,
        2,
    ]
    assert len(set(ConfirmationCode.objects.values_list("expires_at", flat=True))) == 1


def test_one_network_does_not_try_ever_more_codes(send_form, mailed_code, type_code, client, limit_is):
    limit_is(2, "CODES_AN_HOUR")
    for number in range(3):
        send_form(f"form-{number}", email=f"sam-{number}@example.org")
    send_form("form-9", email="dora@example.org")
    code = mailed_code()
    told = [type_code("x", f"form-{number}").content.decode().count("You have 4 more") for number in range(3)]

    assert told == [1, 1, 0]
    fields = {"form_token": "form-9", "code": code}
    elsewhere = client.post("/en/pledge/check-your-mail/code/", fields, REMOTE_ADDR="203.0.113.77")
    assert (type_code(code, "form-9").status_code, elsewhere.status_code) == (200, 302)


def test_only_a_digest_of_the_code_is_stored(send_form, mailed_code):
    send_form()
    digits = mailed_code().replace(" ", "")

    row = ConfirmationCode.objects.get()
    assert digits not in repr([row.digest, row.seal, row.form_digest])
    assert len(row.digest) == 64


def test_code_that_was_drawn_is_never_the_empty_one(send_form):
    """Before the letter is written no digits are right, and none at all is no digits either."""
    send_form()

    with pytest.raises(codes.WrongCodeError):
        confirming.confirm_by_code(form_token="form-1", typed="")


def test_page_of_the_code_without_a_form_leads_to_the_page_before(client):
    assert client.get("/en/pledge/check-your-mail/code/").url == "/en/pledge/check-your-mail/"
    assert client.post("/en/pledge/check-your-mail/code/").url == "/en/pledge/check-your-mail/"


def test_code_needs_its_csrf_token(send_form, mailed_code):
    send_form()
    mallory = Client(enforce_csrf_checks=True)
    fields = {"form_token": "form-1", "code": mailed_code()}

    assert mallory.post("/en/pledge/check-your-mail/code/", fields).status_code == 403
    assert Pledge.objects.get().status == "pending"


def test_old_codes_are_forgotten(send_form, time_machine):
    send_form()
    time_machine.shift(24 * 60 * 60 + 15 * 60 + 1)
    jobs.purge_unconfirmed()

    assert not ConfirmationCode.objects.exists()
