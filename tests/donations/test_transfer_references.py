"""One reference per giver for ever, found in what banks make of it, and mailed to whoever asks."""

import pytest
from django.core import mail
from django.urls import reverse

from blueheart import creditor_reference
from blueheart.post.jobs import send_due
from blueheart.site_settings import changing
from blueheart.trail.models import Entry
from donations.models import BankAccount, Donor, TransferReference
from donations.services.transfer_references import find_reference, known_reference, reference_of
from tests.donations.crowd import at_once
from tests.donations.factories import contributor, donor
from tests.donations.giving_desk import visit
from tests.donations.money_desk import member
from tests.office.factories import desk_of

PAGE = "/en/trust-fund/by-bank/"


def test_no_reference_is_made_on_a_givers_own_page_while_gifts_are_stopped(client, db):
    dora = donor()
    visit(client, dora)
    changing.switch_on("gifts-stopped", "a test")

    assert client.post("/en/giving/by-bank/").status_code == 503
    assert "iban" not in client.get("/en/giving/by-bank/").content.decode().lower()
    assert known_reference(dora) is None


def asks(client, email="dora@example.org", language="fr"):
    return client.post(PAGE, {"email": email, "language": language})


def test_a_giver_has_one_reference_for_ever(db):
    dora, ministry = donor(), contributor()
    assert known_reference(dora) is None

    first = reference_of(dora)

    assert reference_of(dora) == known_reference(dora) == first
    assert reference_of(ministry) != first
    assert creditor_reference.is_valid(first.reference)
    assert first.reference[4:6] == "BH"
    assert len(first.reference) == 16


def test_a_reference_asked_for_by_many_at_once_is_one(committed_db):
    dora = donor()

    made = at_once(lambda _turn: reference_of(dora).reference, range(4))

    assert len(set(made)) == TransferReference.objects.count() == 1


def test_a_reference_is_found_in_the_text_of_a_transfer(db):
    reference = reference_of(donor())
    shown = creditor_reference.shown(reference.reference).lower()

    assert find_reference(f"GIFT/{shown} thanks") == reference
    assert find_reference(reference.reference + "BYDORA") == reference
    assert find_reference("a gift") is None
    assert find_reference(creditor_reference.make("BH0000000000")) is None


def test_a_text_with_two_references_names_nobody(db):
    texts = " ".join(reference_of(donor(email)).reference for email in ("a@example.org", "b@example.org"))

    assert find_reference(texts) is None


def test_the_answer_is_the_same_for_every_address_and_the_reference_comes_by_mail(db, client):
    dora = donor()
    known, new = asks(client), asks(client, "new@example.org")

    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    send_due()
    assert {letter.to[0] for letter in mail.outbox} == {"dora@example.org", "new@example.org"}
    letter = next(letter for letter in mail.outbox if letter.to == ["dora@example.org"])
    assert creditor_reference.shown(reference_of(dora).reference) in letter.body
    assert creditor_reference.shown(BankAccount.objects.get().iban) in letter.body
    assert Donor.objects.with_email("new@example.org").get().language == "fr"


def test_an_erased_donor_is_not_written_to(db, client):
    dora = donor()
    asks(client)
    Donor.objects.filter(pk=dora.pk).update(email="")
    send_due()
    assert mail.outbox == []


def test_the_same_address_is_not_written_to_over_and_over(db, client):
    answers = [asks(client).status_code for _time in range(4)]

    assert answers == [302, 302, 302, 429]
    assert "try again in an hour" in asks(client).content.decode()


@pytest.mark.parametrize("said", [{"email": "dora", "language": "fr"}, {"email": "d@example.org", "language": "tlh"}])
def test_what_cannot_be_read_is_said_kindly(db, client, said):
    answer = client.post(PAGE, said)

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert not Donor.objects.exists()


def test_the_page_shows_the_accounts_and_that_they_do_not_exist(db, client, django_assert_max_num_queries):
    BankAccount.objects.create(name="Hidden", holder="Hidden", bank="Hidden", iban="ZZ00HIDDEN", currency="EUR")
    with django_assert_max_num_queries(8):
        page = client.get(PAGE).content.decode()

    assert "ZZ48 BHTE ST00 0000 0000 001" in page
    assert "this account does not exist" in page
    assert "HIDD EN" not in page
    BankAccount.objects.update(is_shown=False)
    assert "No account takes transfers just now" in client.get(PAGE).content.decode()


def test_the_account_that_comes_with_the_portal_is_of_no_country_and_has_right_check_digits(db):
    iban = BankAccount.objects.get().iban
    digits = "".join(str(int(char, 36)) for char in iban[4:] + iban[:4])

    assert iban.startswith("ZZ")
    assert int(digits) % 97 == 1


def test_a_donor_finds_the_reference_among_their_own_pages(db, client, django_assert_max_num_queries):
    own = "/en/giving/by-bank/"
    assert client.get(own).status_code == 403
    visit(client)
    assert own in client.get("/en/giving/home/").content.decode()
    assert "Get my reference" in client.get(own).content.decode()
    assert not TransferReference.objects.exists()

    assert client.post(own)["Location"] == own

    with django_assert_max_num_queries(8):
        page = client.get(own).content.decode()
    assert creditor_reference.shown(TransferReference.objects.get().reference) in page


# At the desk


@pytest.fixture
def desk(db):
    looks = ("view_donor", "view_contributor", "view_transferreference")
    return desk_of(member("ada", *looks, "add_transferreference"))


def test_the_desk_finds_whose_transfer_it_is_however_the_reference_is_typed(desk, django_assert_max_num_queries):
    reference = reference_of(donor())
    for number in range(3):
        reference_of(donor(f"d{number}@example.org"))
    shown = creditor_reference.shown(reference.reference)
    listed = reverse("admin:donations_transferreference_changelist")

    with django_assert_max_num_queries(15):
        page = desk.get(listed, {"q": shown.lower()}).content.decode()
    assert page.count('class="field-giver"') == 1
    assert reference.donor.public_id in page
    assert shown in desk.get(reverse("admin:donations_donor_change", args=[reference.donor_id])).content.decode()


def test_who_gives_is_not_guessed_letter_by_letter(desk):
    reference_of(donor())
    listed = reverse("admin:donations_transferreference_changelist")

    answers = [desk.get(listed, {"donor__email__startswith": guess}, follow=True) for guess in ("d", "x")]
    assert {answer.content.decode().count('class="field-giver"') for answer in answers} <= {0, 1}
    assert len({answer.content.decode().count('class="field-giver"') for answer in answers}) == 1


def test_the_desk_makes_a_contributors_reference_once(desk):
    ministry = contributor()
    url = reverse("admin:donations_transferreference_make", args=[ministry.pk])
    assert url in desk.get(reverse("admin:donations_contributor_change", args=[ministry.pk])).content.decode()
    assert desk_of(member("mallory", "view_contributor")).post(url, {"act": "make"}).status_code == 403

    for _time in range(2):
        desk.post(url, {"act": "make"})

    reference = ministry.transfer_references.get()
    page = desk.get(url).content.decode()
    assert creditor_reference.shown(reference.reference) in page
    assert "Make a reference" not in page
    assert Entry.objects.filter(action="transfer-reference.made").count() == 1
