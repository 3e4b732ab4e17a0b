"""The bank at the desk: files brought in with their mistakes by row, lines explained, imports undone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.imports.models import FileImport
from blueheart.trail.models import Entry
from donations.books import findings
from donations.models import (
    BankAccount,
    BankLine,
    BankStatement,
    Donation,
    Donor,
    Payout,
    PromisePayment,
    TransferReference,
)
from donations.services.bank_statements import import_statement
from donations.services.bank_suggestions import suggestions_for
from donations.services.transfer_references import reference_of
from office.home.heaps import HEAPS
from tests.donations.bank_files import IBAN, Moved, camt, csv_file
from tests.donations.factories import (
    NOW,
    bank_account,
    contributor,
    donor,
    grant,
    offline_donation,
    organisation,
    promised_gift,
    staff_member,
)
from tests.donations.money_desk import member
from tests.office.factories import desk_of

pytestmark = pytest.mark.usefixtures("db")
GIFT = Moved(2500, "B-1", "Dora Donor", "thank you", iban="ZZ02DORA")
FEE = Moved(-150, "B-3", "Test Bank", "account fee")


@pytest.fixture
def desk():
    """Bea keeps the bank's books: one permission lets her import, match and undo."""
    return desk_of(member("bea", "import_bankstatement"))


def page_of(name, *args):
    return reverse(f"admin:donations_{name}", args=args)


def file_of(content, name="march.xml"):
    return SimpleUploadedFile(name, content)


def line_of(moved):
    account = BankAccount.objects.filter(iban=IBAN).first() or bank_account()
    statement = import_statement(account=account, file_name="x.csv", content=csv_file([moved]), by=staff_member())
    return statement.lines.get()


def filled(*rows):
    """The rows of the form in which a line is explained."""
    names = ("kind", "which", "amount", "counts", "note")
    fields = {"parts-TOTAL_FORMS": "5", "parts-INITIAL_FORMS": "1", "act": "parts"}
    for number, row in enumerate(rows):
        fields |= {f"parts-{number}-{name}": value for name, value in zip(names, row, strict=False)}
    return fields


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def bring_in(desk, content, name="march.xml", **said):
    """Choose a file and, where it can be imported, confirm it."""
    account = BankAccount.objects.filter(iban=IBAN).first() or bank_account()
    fields = {"account": account.pk, "file": file_of(content, name), **said}
    page = desk.post(reverse("admin:import_new", args=["bank-statement"]), fields, follow=True)
    file = FileImport.objects.order_by("-pk").first()
    if file is None or page.context["preview"].problems:
        return page
    return desk.post(reverse("admin:import_file", args=[file.pk]), {"act": "confirm"}, follow=True)


def test_a_file_is_brought_in_and_what_came_of_it_is_told(desk):
    assert "Import a bank statement" in text_of(desk.get(page_of("bankstatement_changelist")))

    answers = [bring_in(desk, camt(moves)) for moves in ([GIFT, FEE], [FEE, Moved(7, "B-9")])]

    assert "2 new lines were imported." in text_of(answers[0])
    assert "1 new line was imported." in text_of(answers[1])
    assert "1 line was here before: it is a duplicate and counts once." in text_of(answers[1])
    assert Entry.objects.filter(action="bank-statement.imported").count() == 2
    assert Entry.objects.filter(action="bank-statement.imported").first().actor.username == "bea"


def test_what_is_wrong_with_a_file_is_shown_by_row_and_nothing_is_written(desk):
    content = csv_file([GIFT, FEE, Moved(7, "B-9")]).replace(b"-1.50", b"=1+1").replace(b"2026-03-02,0.07", b",0.07")

    html = text_of(bring_in(desk, content, "march.csv"))

    assert "Nothing was written." in html
    assert '<th scope="row">3</th>' in html
    assert "“=1+1” is no amount." in html
    assert "The date is missing." in html
    assert not BankStatement.objects.exists()


def test_a_file_that_is_too_large_is_not_read(desk, monkeypatch):
    monkeypatch.setattr("donations.forms.bank.MOST_BYTES", 1000)

    assert "larger than 10 MB" in text_of(bring_in(desk, b"x" * 1001))
    assert not BankStatement.objects.exists()


def test_a_missing_statement_is_seen(desk):
    bring_in(desk, camt([GIFT]), "first.xml")
    later = Moved(7, "B-9", day=GIFT.day.replace(day=20))

    shown = text_of(bring_in(desk, camt([later], opening=1), "late.xml"))

    assert shown.count("does not begin as the one before it ends (first.xml)") == 2  # told, and on its page


def test_whoever_may_not_import_sees_none_of_it():
    line = line_of(GIFT)
    looker = desk_of(member("lou", "view_bankline", "view_bankstatement"))
    nobody = desk_of(member("max", "view_donation"))

    for name, args in (
        ("bankline_explain", [line.pk]), ("bankstatement_undo", [line.statement_id]),
    ):  # fmt: skip
        assert [each.get(page_of(name, *args)).status_code for each in (looker, nobody)] == [403, 403]
        assert looker.post(page_of(name, *args), {"act": "ignore", "why": "x"}).status_code == 403
    assert "Import a bank statement" not in text_of(looker.get(page_of("bankstatement_changelist")))
    assert nobody.get(page_of("bankline_changelist")).status_code == 403


def test_a_suggestion_is_pressed_and_the_line_is_matched(desk):
    giver = contributor()
    promised_gift((2500, 50000), contributor=giver)
    line = line_of(GIFT)
    url = page_of("bankline_explain", line.pk)
    assert f'value="contributor-{giver.pk}"' in text_of(desk.get(url))

    answer = desk.post(url, {"act": "suggestion", "what": f"contributor-{giver.pk}"}, follow=True)

    assert "by this match" in text_of(answer)
    assert PromisePayment.objects.get().amount_minor == 2500
    line.refresh_from_db()
    assert line.status == "matched"
    assert "That is no longer suggested." not in text_of(answer)
    again = desk.post(url, {"act": "suggestion", "what": f"contributor-{giver.pk}"})
    assert "no longer suggested" in text_of(again)
    assert PromisePayment.objects.count() == 1


def test_a_line_is_split_by_hand(desk):
    giver = contributor("Bank of Testland")
    promised_gift((2000,), contributor=giver)
    line = line_of(GIFT)
    rows = [("contributor", "bank of testland", "20"), ("new-donor", "", "4"), ("fee", "", "1.00", "", "came back")]

    answer = desk.post(page_of("bankline_explain", line.pk), filled(*rows))

    assert answer.status_code == 302
    assert list(line.matches.values_list("amount_minor", flat=True)) == [2000, 400, 100]
    assert Donation.objects.get().donor.name == "Dora Donor"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert findings() == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("contributor", "Nobody", "25"), "There is no contributor “Nobody”."),
        (("donor", "nobody", "25"), "There is no donor “nobody”"),
        (("donor", "x@", "25"), "“x@” is no e-mail address."),
        (("record", "xyz", "25"), "Nothing in the books has the reference “xyz”."),
        (("grant", "xyz", "25"), "There is no grant “xyz”."),
        (("donor", "new@example.org", "24"), "The parts come to"),
        (("donor", "new@example.org", "abc"), "Please enter an amount in figures"),
        (("", "new@example.org", "25"), "Please say what it is."),
        (("", "", ""), "Please say what the line is."),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing_behind(desk, row, reason):
    line = line_of(GIFT)

    html = text_of(desk.post(page_of("bankline_explain", line.pk), filled(row)))

    assert reason in html
    line.refresh_from_db()
    assert (line.status, Donor.objects.count(), Donation.objects.count()) == ("unmatched", 0, 0)


def test_a_gift_of_a_new_address_a_payout_and_a_grant_are_named_by_reference(desk):
    known = Payout.objects.create(
        stripe_payout_id="po_7", amount_minor=700, currency="USD", status="paid", status_as_of=NOW,
        arrives_on=GIFT.day, created_at=NOW,
    )  # fmt: skip
    given = grant(currency="EUR")
    lines = [line_of(GIFT), line_of(Moved(700, "B-7", "Stripe")), line_of(Moved(-9000, "B-8", "Safe Harbour"))]
    rows = [("donor", "new@example.org", ""), ("record", "po_7", "7.00"), ("grant", given.public_id, "90", "80 EUR")]

    answers = [
        desk.post(page_of("bankline_explain", line.pk), filled(row)) for line, row in zip(lines, rows, strict=True)
    ]

    assert [answer.status_code for answer in answers] == [302] * 3
    assert Donation.objects.get().donor.email == "new@example.org"
    assert known.bank_matches.get().line == lines[1]
    assert given.payments.get().amount_minor == 8000


def test_a_line_is_ignored_heeded_matched_and_taken_back(desk):
    line = line_of(FEE)
    url = page_of("bankline_explain", line.pk)

    def act(**fields):
        answer = desk.post(url, fields, follow=True)
        line.refresh_from_db()
        return line.status, text_of(answer)

    assert act(act="ignore", why="")[0] == "unmatched"
    status, html = act(act="ignore", why="between our accounts")
    assert (status, "between our accounts" in html) == ("ignored", True)
    assert act(act="heed")[0] == "unmatched"
    assert act(act="suggestion", what="bank-fee")[0] == "matched"
    assert act(act="unmatch", why="no fee")[0] == "unmatched"
    assert act(act="keep")[1].count("This line is not a duplicate.") == 1
    entries = Entry.objects.filter(action__startswith="bank-line").exclude(action="bank-line.viewed")
    actions = entries.order_by("pk").values_list("action", flat=True)
    assert [action.partition(".")[2] for action in actions] == ["ignored", "heeded", "matched", "unmatched"]


def test_a_duplicate_is_kept_as_a_movement_of_its_own(desk):
    first = line_of(GIFT)
    second = line_of(GIFT)
    url = page_of("bankline_explain", second.pk)
    assert page_of("bankline_explain", first.pk) in text_of(desk.get(url))

    desk.post(url, {"act": "keep"})

    second.refresh_from_db()
    assert (second.status, second.duplicate_of) == ("unmatched", None)


def test_an_import_is_undone_with_a_reason(desk):
    line = line_of(GIFT)
    url = page_of("bankstatement_undo", line.statement_id)
    assert "The import is undone" not in text_of(desk.post(url, {"act": "undo", "why": ""}))

    answer = desk.post(url, {"act": "undo", "why": "the wrong file"}, follow=True)

    assert "The import is undone" in text_of(answer)
    line.refresh_from_db()
    assert (line.status, line.statement.undone_by.username) == ("undone", "bea")
    assert Entry.objects.get(action="bank-statement.undone").why == "the wrong file"


def keys_of(moved):
    return [suggestion.key for suggestion in suggestions_for(line_of(moved))]


def test_suggestions_come_best_first():
    by_text, by_name, by_instalment = donor(), contributor("Bank of Testland"), contributor("Testland Holding")
    promised_gift((2500,), contributor=by_instalment)
    recorded = offline_donation(donor=by_text)
    offline_donation(amount_minor=2600)
    offline_donation(succeeded_at=NOW.replace(month=1))
    reference = reference_of(by_text)
    assert isinstance(reference, TransferReference)

    found = keys_of(Moved(2500, "B-1", "BANK OF TESTLAND", f"gift {reference.reference}"))

    assert found == [
        f"donor-{by_text.pk}",
        f"donation-{recorded.pk}",
        f"contributor-{by_name.pk}",
        f"contributor-{by_instalment.pk}",
    ]


def test_what_goes_out_is_a_grant_or_a_fee():
    named = grant()
    other = grant(organisation=organisation("Other"))
    named.organisation.name = "Harbour of Hope"
    named.organisation.save()

    found = keys_of(Moved(-9000, "B-8", "", "for Harbour of Hope"))

    assert found[0] == f"grant-{named.pk}"
    assert found[1:] == ["bank-fee", f"grant-{other.pk}"]


def test_an_account_that_gave_before_is_known_again(desk):
    line = line_of(GIFT)
    desk.post(page_of("bankline_explain", line.pk), filled(("donor", "dora@example.org", "")))
    giver = Donation.objects.get().donor

    assert f"donor-{giver.pk}" in keys_of(Moved(900, "B-5", "D. Donor", iban="ZZ02DORA"))


def test_accounts_are_kept_by_staff_and_stay_what_they_are():
    keeper = member("kim", "add_bankaccount", "change_bankaccount", "view_bankaccount", "delete_bankaccount")
    desk = desk_of(keeper)
    fields = {"name": "Fund", "holder": "Blue Heart", "bank": "Test Bank", "iban": "zz31 test 0001", "currency": "USD"}

    desk.post(page_of("bankaccount_add"), fields)
    account = BankAccount.objects.get(iban="ZZ31TEST0001")
    import_statement(account=account, file_name="x", content=csv_file([GIFT]), by=keeper)
    changed = desk.post(page_of("bankaccount_change", account.pk), fields | {"iban": "ZZ02OTHER"})

    assert "its number and currency stay" in text_of(changed)
    assert desk.post(page_of("bankaccount_delete", account.pk), {"post": "yes"}).status_code == 403
    assert list(Entry.objects.filter(target_type="donations.bankaccount").values_list("action", flat=True)) == [
        "bank-account.created"
    ]


def queries_of(at, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert at.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["bankline_changelist", "bankstatement_changelist"])
def test_lists_ask_the_same_of_one_row_and_of_many(desk, name):
    line_of(GIFT)
    desk.get(page_of(name))
    one = queries_of(desk, page_of(name))
    for number in range(8):
        line_of(Moved(100 + number, f"M-{number}"))

    assert queries_of(desk, page_of(name)) == one <= 15


def test_a_lines_page_asks_no_more_than_it_needs(desk):
    for number in range(8):
        promised_gift((2500,), contributor=contributor(f"Ministry {number}"))
        offline_donation()
    line = line_of(GIFT)

    assert queries_of(desk, page_of("bankline_explain", line.pk)) <= 21  # one of them for the trail
    assert queries_of(desk, page_of("bankline_change", line.pk)) <= 20
    assert queries_of(desk, page_of("bankstatement_change", line.statement_id)) <= 20


def test_unmatched_lines_wait_in_the_office(desk):
    line_of(GIFT)
    heap = next(heap for heap in HEAPS if heap.model is BankLine)

    assert heap.counted().count() == 1
    assert "B-1" not in text_of(desk.get(reverse("admin:index")))
    shown = text_of(desk.get(f"{page_of('bankline_changelist')}?{heap.query}"))
    assert "Dora Donor" in shown
    assert "Explain…" in shown
