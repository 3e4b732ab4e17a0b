"""The search box of staff knows what was typed, says what it searched for, and uses an index."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from pledges import searching
from pledges.models import DomainRule, Pledge
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import GroupFactory, HeartFactory

pytestmark = pytest.mark.django_db
LIST = "admin:pledges_pledge_changelist"


@pytest.fixture
def hearts() -> dict[str, Pledge]:
    DomainRule.objects.update_or_create(domain="dots.example", defaults={"ignores_dots": True, "tag_sign": "+"})
    group = GroupFactory(code="seaside2")
    return {
        "sam": HeartFactory(email="sam@example.org", public_name="Sam Jones", source_ip="198.51.100.7"),
        "zoé": HeartFactory(
            email="z.oe+x@dots.example", canonical_email="zoe@dots.example", public_name="Zoé", source_ip="2001:db8::1"
        ),
        "olu": HeartFactory(email="olu@example.com", public_name="Olu", group=group, number=4711),
        "konstantin": HeartFactory(email="k@example.com", public_name="", public_id="konstantin"),
    }


def found(term: str, **kwargs) -> list[str]:
    pledges = searching.recognise(term, **{"may_see_sources": True} | kwargs).within(Pledge.objects.all())
    return [pledge.email.partition("@")[0] for pledge in pledges.order_by("pk")]


@pytest.mark.parametrize(
    ("term", "emails"),
    [
        ("sam@example.org", ["sam"]),
        (" SAM@Example.ORG ", ["sam"]),
        ("zoe@dots.example", ["z.oe+x"]),
        ("z.o.e+other@dots.example", ["z.oe+x"]),
        ("am@example.org", []),
        ("@example.com", ["olu", "k"]),
        ("@EXAMPLE.com", ["olu", "k"]),
        ("@ample.com", []),
        ("198.51.100.7", ["sam"]),
        ("198.51.100.0/24", ["sam"]),
        ("2001:db8::/32", ["z.oe+x"]),
        ("198.51.101.0/24", []),
        ("198.0.0.0/8", []),
        ("4711", ["olu"]),
        ("9" * 40, []),
        ("seaside2", ["olu"]),
        ("konstantin", ["k"]),
        ("KONSTANTIN", ["k"]),
        ("sam", ["sam"]),
        ("  ＳＡＭ jo", ["sam"]),
        ("jones", []),
        ("ZOÉ", ["z.oe+x"]),
        ("s", []),
        ("s%", []),
        ("_am", []),
        ("\x00", []),
        ("@", []),
        ("'; --", []),
    ],
)  # fmt: skip
def test_term_is_recognised(hearts, term, emails):
    assert found(term) == emails


def test_public_id_is_found(hearts):
    assert found(hearts["sam"].public_id) == ["sam"]


@pytest.mark.parametrize("term", ["198.51.100.7", "198.51.100.0/24"])
def test_network_is_searched_only_by_those_who_may_see_sources(hearts, term):
    assert found(term, may_see_sources=False) == []
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename="view_pledge"))
    page = desk_of(looker).get(reverse(LIST), {"q": term})

    assert list(page.context["cl"].result_list) == []
    assert "You may not search by network address." in page.content.decode()


@pytest.mark.parametrize("lookup", ["source_ip", "source_ip__startswith", "source_ip__isnull"])
def test_address_of_the_list_is_no_way_around_it(hearts, lookup):
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename="view_pledge"))

    assert desk_of(looker).get(reverse(LIST), {lookup: "198.51.100.7"}).status_code == 400
    assert desk_of(StaffFactory()).get(reverse(LIST), {"source_ip": "198.51.100.7"}).status_code == 200


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("sam@example.org", "Searched for an e-mail address."),
        ("@example.org", "Searched for the mail domain example.org."),
        ("198.51.100.9/24", "Searched for pledges from 198.51.100.0/24"),
        ("10.0.0.0/8", "This network is too wide."),
        ("sam", "Searched for a public id, the code of a group, and names that begin so."),
        ("s", "Write two letters of a name at least."),
        ("4711", "Searched for a heart’s number or public id."),
    ],
)
def test_list_says_what_it_searched_for(hearts, term, said):
    assert said in desk_of(StaffFactory()).get(reverse(LIST), {"q": term}).content.decode()


def test_search_shows_the_newest_of_very_many(hearts, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 1)

    assert found("@example.com") == ["k"]


@pytest.mark.parametrize(
    ("term", "indexes"),
    [
        ("sam@example.org", {"pledge_canonical_email"}),
        ("@example.org", {"pledge_mail_domain"}),
        ("198.51.100.0/24", {"pledge_source"}),
        ("4711", {"pledges_pledge_number_key", "pledge_public_id_is_unique"}),
        ("sam", {"pledge_name"}),
        ("seaside2", {"pledge_name", "pledge_public_id_is_unique", "pledge_wall_group"}),
    ],
)
def test_each_search_is_answered_by_an_index(hearts, term, indexes):
    marks = searching.recognise(term, may_see_sources=True).marks
    rows = Pledge.objects.filter(marks).order_by()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE pledges_pledge")  # earlier tests leave empty pages behind
        plan = rows.explain()

    assert "Seq Scan" not in plan
    assert {index for index in indexes if index not in plan} == set()
