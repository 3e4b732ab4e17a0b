"""Which spellings are one mailbox, and what becomes of old pledges when staff change a rule."""

import pytest
from django.core.exceptions import ValidationError

from blueheart.trail.models import Entry
from pledges import content, mailboxes
from pledges.models import DomainRule, Pledge
from pledges.services import respelling
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import PledgeFactory

pytestmark = pytest.mark.django_db
LIST = "/staff/pledges/domainrule/"


@pytest.fixture
def rules():
    content.load()


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        ("S.A.M+heart@Gmail.com", "sam@gmail.com"),
        ("sam@googlemail.com", "sam@gmail.com"),
        ("s.am+x@googlemail.com", "sam@gmail.com"),
        ("sam.j+x@outlook.com", "sam.j@outlook.com"),
        ("sam@me.com", "sam@icloud.com"),
        ("sam+x@me.com", "sam@icloud.com"),
        ("sam-shop@yahoo.com", "sam@yahoo.com"),
        ("sam+x@ya.ru", "sam@yandex.ru"),
        ("s.am+x@example.org", "s.am+x@example.org"),
        ("+x@gmail.com", "+x@gmail.com"),
        ("...@gmail.com", "...@gmail.com"),
        ("ｓ．ａｍ＠ｇｍａｉｌ．ｃｏｍ", "sam@gmail.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one_by_the_rule_of_its_domain(rules, typed, mailbox):
    assert mailboxes.canonical(typed) == mailbox
    assert mailboxes.canonical(mailbox) == mailbox


def test_a_mailbox_is_looked_up_with_one_query(rules, django_assert_num_queries):
    for email in ("sam@googlemail.com", "sam@gmail.com", "sam@example.org"):
        with django_assert_num_queries(1):
            mailboxes.canonical(email)


def test_every_rule_of_the_file_is_one_that_staff_could_write(rules):
    for rule in DomainRule.objects.all():
        rule.full_clean()
        assert rule.note
    assert DomainRule.objects.count() > 15


def test_rules_that_staff_changed_stay_when_the_content_is_loaded_again(rules):
    DomainRule.objects.filter(domain="gmail.com").update(ignores_dots=False, note="ours")

    assert content.load()["rules of mail domains"] == 0
    assert DomainRule.objects.get(domain="gmail.com").note == "ours"


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "gmail"},
        {"domain": "a b.org"},
        {"domain": "x.org", "same_as": "x.org"},
        {"domain": "x.org", "same_as": "googlemail.com"},
        {"domain": "gmail.com", "same_as": "x.org"},
    ],
)
def test_rule_that_leads_in_a_circle_or_nowhere_is_refused(rules, wrong):
    known = DomainRule.objects.filter(domain=wrong["domain"]).first() or DomainRule()
    for name, value in wrong.items():
        setattr(known, name, value)

    with pytest.raises(ValidationError):
        known.full_clean()


def test_new_rule_is_applied_to_the_pledges_that_are_there():
    gmail, google, other = (
        PledgeFactory(email=email) for email in ("S.am+x@gmail.com", "d.ora@googlemail.com", "a.na@example.org")
    )
    content.load()

    assert respelling.apply_rules() == 2
    assert respelling.apply_rules() == 0

    now = dict(Pledge.objects.values_list("pk", "canonical_email"))
    assert now == {gmail.pk: "sam@gmail.com", google.pk: "dora@gmail.com", other.pk: "a.na@example.org"}
    details = [entry.detail for entry in Entry.objects.filter(action="domain-rule.applied")]
    assert details == [{"domain": "gmail.com", "respelled": 2, "left": 0}]


def test_doubles_that_a_new_rule_makes_are_left_and_counted(monkeypatch):
    monkeypatch.setattr(respelling, "BATCH", 2)
    spellings = ["sam@gmail.com", "s.am@gmail.com", "sa.m@gmail.com", "s.a.m@gmail.com"]
    pledges = [PledgeFactory(email=email) for email in spellings]
    pledges.append(PledgeFactory(email="s.a.m+dora@gmail.com", public_name="Dora"))
    DomainRule.objects.create(domain="gmail.com", ignores_dots=True, tag_sign="+")

    assert respelling.apply_rules() == 1

    (entry,) = Entry.objects.filter(action="domain-rule.applied")
    assert entry.detail == {"domain": "gmail.com", "respelled": 1, "left": 3}
    kept = list(Pledge.objects.order_by("pk").values_list("canonical_email", flat=True))
    assert kept == [*spellings, "sam@gmail.com"]
    assert not respelling.apply_rules()


def test_erased_pledges_have_no_address_to_spell_anew():
    PledgeFactory(email="s.am@gmail.com", canonical_email="s.am@gmail.com")
    Pledge.objects.update(email="", canonical_email=None, public_name="", name_key="")
    DomainRule.objects.create(domain="gmail.com", ignores_dots=True)

    assert respelling.apply_rules() == 0


def test_staff_change_a_rule_and_the_trail_says_what_it_was(rules):
    respelling.apply_rules()
    rule = DomainRule.objects.get(domain="outlook.com")
    desk = desk_of(StaffFactory(username="ada"))
    page = f"{LIST}{rule.pk}/change/"

    desk.post(page, {"tag_sign": "+", "note": "another note"})
    rule.refresh_from_db()
    assert (rule.note, rule.applied_at is None) == ("another note", False)

    desk.post(page, {"tag_sign": "", "ignores_dots": "on", "same_as": " Hotmail.com"})
    rule.refresh_from_db()
    assert (rule.ignores_dots, rule.tag_sign, rule.same_as, rule.applied_at) == (True, "", "hotmail.com", None)
    entry, note = Entry.objects.filter(action="domain-rule.changed")
    assert note.detail == {"domain": rule.domain, "fields": ["note"]}
    assert entry.detail["tag_sign"] == ["+", ""]
    assert desk.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}).status_code == 403


def test_list_of_rules_asks_the_same_at_one_and_at_all(rules, django_assert_max_num_queries):
    desk = desk_of(StaffFactory(username="ada"))
    with django_assert_max_num_queries(15):
        assert desk.get(LIST).status_code == 200
