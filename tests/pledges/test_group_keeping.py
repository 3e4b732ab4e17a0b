"""The pages of a group's keeper, and hearts on paper that they count in."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from blueheart import names
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from blueheart.refusals import RefusedError
from blueheart.trail.models import Entry
from pledges import paper_lists
from pledges.models import Group, GroupTally, KeeperLink, PaperSheet
from pledges.paper_lists import Understood, read_file, read_typed
from pledges.services import counting, groups, keepers, sheets
from pledges.views.group_keeping import DOOR
from tests.pledges.factories import GroupFactory, PaperSheetFactory
from tests.pledges.group_desk import KEEPER, count_in, mailed_link, sealed, visit

pytestmark = pytest.mark.django_db
ASK, HOME = "/en/groups/keep/", "/en/groups/keep/home/"
NAMES = ["Ana", "Bo", "Chi"]


@pytest.fixture
def group():
    return GroupFactory(keeper_email=KEEPER)


@pytest.fixture
def kim(client, group):
    """Kim within a visit."""
    return visit(client, group)


def of(group, page="") -> str:
    return f"/en/groups/keep/of/{group.code}/{page}"


def tell(client, group, **told):
    return client.post(of(group, "hearts/"), {"form_token": str(uuid.uuid4()), **told})


def figures(page) -> str:
    return " ".join(page.content.decode().split("<main")[1].split())


# The way in


def test_a_mailed_link_opens_by_its_button_and_only_once(client, group):
    assert client.post(ASK, {"email": "KIM@example.org"}).url == "/en/groups/keep/check-your-mail/"
    link = mailed_link()

    assert client.get(link).status_code == client.head(link).status_code == 200
    assert client.get(HOME).status_code == 403
    assert client.post(link).url == HOME
    assert client.get(HOME).url == of(group)
    assert client.get(of(group)).status_code == 200
    assert client.get(ASK).url == HOME
    assert "does not work any more" in Client().post(link).content.decode()


def test_asking_for_an_unknown_address_does_the_same_and_mails_nobody(client, group):
    def asked(email):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(ASK, {"email": email})
        return answer.status_code, answer.url, [query["sql"][:40] for query in queries]

    assert asked(KEEPER) == asked("nobody@example.org")
    send_due()
    assert [letter.to for letter in mail.outbox] == [[KEEPER]]


def test_links_for_one_address_and_from_one_network_are_limited(client, group):
    answers = [client.post(ASK, {"email": KEEPER}).status_code for _time in range(7)]
    assert answers == [302] * 6 + [429]
    for number in range(keepers.ASKED_BY_NETWORK):
        client.post(ASK, {"email": f"n{number}@example.org"})
    assert client.post(ASK, {"email": "other@example.org"}).status_code == 429


def test_somebody_elses_group_is_not_found(kim, group):
    other = GroupFactory()
    sheet = PaperSheetFactory(group=other)
    unconfirmed = GroupFactory(keeper_email=KEEPER, keeper_confirmed_at=None)
    for page in ("", "change/", "close/", "hearts/", "hearts/count/", f"hearts/{sheet.pk}/"):
        for there in (other, unconfirmed):
            assert kim.get(of(there, page)).status_code == 404
            assert kim.post(of(there, page)).status_code == 404
    # Nor is a list of another group below one's own.
    assert kim.post(of(group, f"hearts/{sheet.pk}/")).status_code == 404


def test_all_groups_of_a_keeper_are_listed_at_the_same_price(kim, group):
    GroupFactory(keeper_email=KEEPER, name="Liceu")

    def queries():
        with CaptureQueriesContext(connection) as asked:
            page = kim.get(HOME).content.decode()
        assert "Liceu" in page
        assert "Escola do Mar" in page
        return len(asked)

    few = queries()
    GroupFactory.create_batch(20, keeper_email=KEEPER)
    assert queries() == few <= 8


def test_a_visit_ends_after_half_an_hour_by_leaving_and_with_the_keeper(client, group, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    visit(client, group)
    client.post("/en/groups/keep/leave/")
    assert client.get(of(group)).status_code == 403

    visit(client, group)
    Group.objects.update(keeper_email="", keeper_name="")
    assert client.get(of(group)).status_code == 403

    Group.objects.update(keeper_email=KEEPER)
    visit(client, group)
    time_machine.shift(dt.timedelta(minutes=31))
    late = client.post(of(group, "change/"), {"target": "77", "about": "x"})
    assert late.status_code == 403
    assert 'name="target" value="77"' in late.content.decode()
    assert keepers.forget_past_links() == 2


def test_a_list_of_names_is_not_sent_back_when_the_visit_is_over(client, group):
    late = client.post(of(group, "hearts/"), {"listed": "Ana Secret", "form_token": "x"})
    assert late.status_code == 403
    assert "Secret" not in late.content.decode()


def test_erasing_the_keeper_leaves_the_group_and_its_mails_unsent(client, group):
    client.post(ASK, {"email": KEEPER})
    Group.objects.update(keeper_email="", keeper_name="")
    send_due()
    assert mail.outbox == []
    assert Message.objects.get().status == "dropped"
    assert client.get(group.get_absolute_url()).status_code == 200
    client.post(ASK, {"email": KEEPER})
    send_due()
    assert mail.outbox == []


@pytest.mark.parametrize("token", ["x", "home2", "x" * 43, ".."])
def test_a_guessed_link_opens_nothing(client, group, token):
    for answer in (client.get(f"/en/groups/keep/{token}/"), client.post(f"/en/groups/keep/{token}/")):
        assert answer.status_code in (200, 404)
        assert DOOR.cookie not in answer.cookies


# Change and close


def test_a_changed_target_holds_at_once_and_new_words_wait_for_staff(kim, group):
    assert kim.post(of(group, "change/"), {"target": "250", "about": "By the sea"}).status_code == 302
    group.refresh_from_db()
    assert (group.target, group.about, group.about_to_read) == (250, "", "By the sea")
    assert "By the sea" not in kim.get(group.get_absolute_url()).content.decode()
    assert "By the sea" in kim.get(of(group, "change/")).content.decode()

    kim.post(of(group, "change/"), {"target": "250", "about": ""})
    group.refresh_from_db()
    assert group.about_to_read == ""


def test_what_cannot_be_changed_is_said(kim, group):
    for wrong in ({"target": "0"}, {"target": "5", "about": "www.example.org"}):
        assert "error-summary" in kim.post(of(group, "change/"), wrong).content.decode()


def test_the_keeper_closes_the_group_once(kim, group):
    assert kim.get(of(group, "close/")).status_code == 200
    assert kim.post(of(group, "close/")).url == of(group, "") + "?done=closed"
    assert "This was not done" in kim.post(of(group, "close/")).content.decode()
    assert Group.objects.get().decided_by is None
    send_due()
    assert [letter.subject for letter in mail.outbox] == ["Your Blue Heart group is closed"]
    assert "This was not done" in count_in(kim, group, hearts="3").content.decode()
    assert PaperSheet.objects.count() == 0


# Hearts on paper


@pytest.mark.parametrize(
    "told",
    [
        {"hearts": "3"},
        {"listed": "Ana\r\nBo\r\n\r\nana \r\nChi"},
        {"file": SimpleUploadedFile("class.csv", "name;class\nAna;1b\nBo;1b\nChi;1b\n".encode("utf-16"))},
    ],
)
def test_hearts_are_shown_before_they_are_counted_in_and_no_name_is_kept(kim, group, told, caplog):
    for value in told.values():
        if hasattr(value, "seek"):
            value.seek(0)
    page = tell(kim, group, **told)
    assert "Count in 3 hearts" in page.content.decode()
    assert PaperSheet.objects.count() == 0
    path, sent = of(group, "hearts/count/"), {"counted": sealed(page)}

    answers = [kim.post(path, sent).url for _time in range(3)]

    assert set(answers) == {of(group, "") + "?done=counted"}
    sheet = PaperSheet.objects.get()
    assert (sheet.hearts, sheet.way) == (3, "file" if "file" in told else "typed")
    counting.close_windows()
    assert GroupTally.objects.get().on_paper == 3
    everywhere = str([*PaperSheet.objects.values(), *Entry.objects.values(), *Message.objects.values()])
    assert "Chi" not in everywhere + caplog.text + page.content.decode()


def test_what_was_left_out_is_told(kim, group):
    page = tell(kim, group, listed="Name\nAna\n\nANA\n Bo \n")
    text = figures(page)
    assert "Count in 2 hearts" in text
    for said in ("Lines that say the same as another", "Empty lines", "names the columns"):
        assert said in text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Please type a number or a list"),
        ({"hearts": "3", "listed": "Ana"}, "one of the three ways"),
        ({"hearts": "0"}, "greater than or equal to 1"),
        ({"hearts": "5001"}, "less than or equal to 5000"),
        ({"listed": " \n\n"}, "Please type a number or a list"),
        ({"listed": "-\n"}, "The list is empty"),
        ({"listed": "\n".join(map(str, range(5001)))}, "more than 5,000 lines"),
        ({"file": b""}, "The list is empty"),
        ({"file": b"PK\x03\x04xlsx"}, "no text file"),
        ({"file": b"Ana\x00Bo"}, "no text file"),
    ],
)
def test_what_cannot_be_counted_is_said(kim, group, told, said):
    if "file" in told:
        told = {"file": SimpleUploadedFile("class.csv", told["file"])}
    page = tell(kim, group, **told).content.decode()
    assert "error-summary" in page
    assert said in page


def test_too_large_a_file_is_turned_back_before_it_is_read(kim, group, monkeypatch):
    read = []
    monkeypatch.setattr(paper_lists, "read_file", read.append)
    too_large = SimpleUploadedFile("class.csv", b"Ana\n" * 300_000)

    answer = tell(kim, group, file=too_large)

    assert answer.url == of(group, "hearts/") + "?too-large=1"
    assert "Nothing was counted" in kim.get(answer.url).content.decode()
    assert read == []
    assert tell(kim, group, listed="Ana\n" * 90_000).url == of(group, "hearts/") + "?too-large=1"


def test_the_form_is_guarded_against_other_sites(group):
    strict = Client(enforce_csrf_checks=True)
    visit(strict, group)
    assert tell(strict, group, hearts="3").status_code == 403
    assert strict.post(of(group, "hearts/count/"), {"counted": "x"}).status_code == 403


def test_what_was_understood_cannot_be_altered_or_moved(kim, group):
    other = GroupFactory(keeper_email=KEEPER)
    said = sealed(tell(kim, group, hearts="3"))
    for path, sent in ((of(group), said[:-1] + "x"), (of(other), said), (of(group), "")):
        assert kim.post(f"{path}hearts/count/", {"counted": sent}).status_code == 302
    assert PaperSheet.objects.count() == 0


def test_a_day_has_a_ceiling_which_lists_taken_back_leave_free(kim, group, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_A_DAY", 10)
    count_in(kim, group, hearts="8")
    assert "2 are left" in count_in(kim, group, hearts="3").content.decode()

    sheet = PaperSheet.objects.get()
    assert "8 hearts" in kim.get(of(group, f"hearts/{sheet.pk}/")).content.decode()
    assert kim.post(of(group, f"hearts/{sheet.pk}/")).status_code == 302
    assert kim.post(of(group, f"hearts/{sheet.pk}/")).status_code == 404
    count_in(kim, group, hearts="10")

    counting.close_windows()
    assert GroupTally.objects.get().on_paper == 10
    PaperSheet.objects.update(added_at=timezone.now() - dt.timedelta(days=2))
    assert count_in(kim, group, hearts="10").status_code == 302


def test_single_hearts_of_pupils_are_no_lists_to_take_back(kim, group):
    joined = PaperSheetFactory(group=group, way="joined", hearts=1)
    assert kim.post(of(group, f"hearts/{joined.pk}/")).status_code == 404
    assert f"hearts/{joined.pk}/" not in kim.get(of(group)).content.decode()


def test_the_page_of_a_group_costs_the_same_with_many_lists(kim, group):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert kim.get(of(group)).status_code == 200
        return len(asked)

    PaperSheetFactory(group=group)
    few = queries()
    PaperSheetFactory.create_batch(60, group=group)
    assert queries() == few <= 8


def test_a_second_group_with_a_new_keeper_is_not_opened_by_the_first_ones_visit(client, group, rf, django_user_model):
    visit(client, group)
    request = rf.post("/")
    request.user = django_user_model.objects.create_superuser("ada")
    groups.set_keeper(group, name="Lee", email="lee@example.org", request=request)
    assert client.get(of(group)).status_code == 403
    assert KeeperLink.objects.count() == 0


# Reading lists


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "windows-1251", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_counted_in_whatever_encoding(encoding, end):
    said = {"windows-1252": "José", "windows-1251": "Ёлка", "gb18030": "陈丽"}.get(encoding, "أمل")
    content = end.join([said, "", "Bo", said, "  ", "Chi"]).encode(encoding)
    assert read_file(content) == Understood(3, blank=2, doubles=1)


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_cells_of_a_row_are_one_heart(mark):
    rows = [["No", "Name", "Class"], ["1", "Ana", "1b"], ["2", 'Bo "B"', "1b"], ["", "", ""], ["2", 'Bo "B"', "1b"]]
    content = "\n".join(mark.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    assert read_file(content.encode()) == Understood(2, blank=1, doubles=1, has_heading=True)


def test_a_mark_of_quotation_that_never_closes_swallows_nothing():
    assert read_file(b'Ana;1\n"Bo;2\nChi;3\nDee;4').hearts == 4


@pytest.mark.parametrize(
    ("text", "hearts"),
    [("Name\nAna", 1), ("No\nAna", 2), ("Ana\nName", 2), ("姓名\n陈丽", 1), ("Name\tClass\nAna\t1", 1), ("✓\n/\nx", 2)],
)
def test_a_first_line_that_names_the_columns_is_no_heart(text, hearts):
    assert read_typed(text).hearts == hearts


def test_a_cell_over_two_lines_is_one_heart():
    assert read_file(b'"Ana\nMaria",1\nBo,2').hearts == 2


LETTERS = st.text(st.characters(categories=["L"], max_codepoint=0xFFFF), min_size=1, max_size=12)


@given(
    st.lists(LETTERS, min_size=1, max_size=60),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from("\n\r"),
)
def test_any_list_comes_to_its_different_names(said, encoding, end):
    lines = ["Ana", *said]
    keys = {names.key(line) for line in lines}
    understood = read_file(end.join(lines).encode(encoding))
    assert understood.hearts == len(keys - {""})
    assert understood.hearts + understood.doubles + understood.blank == len(lines)


@given(st.binary(max_size=400))
def test_any_file_is_counted_or_refused(content):
    try:
        understood = read_file(content)
    except RefusedError:
        return
    assert 0 < understood.hearts <= paper_lists.MOST_HEARTS


@given(st.text(max_size=200))
def test_any_text_is_counted_or_refused(text):
    try:
        assert read_typed(text).hearts > 0
    except RefusedError:
        return
