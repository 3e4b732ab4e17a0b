"""What the pledge form takes from one source: counted, suspected in silence, or refused."""

import fnmatch

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from blueheart.mail_addresses import as_servers_write
from blueheart.post.jobs import send_due
from blueheart.site_settings.reading import Values
from pledges import limits, sources
from pledges.models import GroupTally, Pledge, PledgeTally, SourceRule
from pledges.models.abuse import DOMAIN_GLOB
from pledges.services import counting
from tests.pledges.conftest import typed
from tests.pledges.factories import GroupFactory

pytestmark = pytest.mark.django_db
HERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


@pytest.fixture
def judged(rf):
    """The verdict on a pledge for this address from this network: refused, why suspected, or nothing."""

    def judged(email: str, *, at: str = HERE, group=None) -> str:
        verdict = limits.judge(rf.post("/en/pledge/", REMOTE_ADDR=at), email=email, group=group)
        return "refused" if verdict.is_refused else str(verdict.suspicion)

    return judged


def many(judged, number: int, **kwargs) -> list[str]:
    return [judged(f"sam-{n}@example.org", **kwargs) for n in range(number)]


def rule(act: str, **fields) -> SourceRule:
    row = SourceRule(act=act, comment="why", **fields)
    row.full_clean()
    row.save()
    return row


def test_first_thirty_of_ten_minutes_are_counted_and_those_after_them_suspected(judged):
    assert many(judged, 33) == [""] * 30 + ["burst"] * 3


def test_slow_flood_is_suspected_by_the_day(judged, clock):
    verdicts = []
    for hour in range(7):
        verdicts += [judged(f"sam-{hour}-{n}@example.org") for n in range(20)]
        clock.shift(60 * 60)

    assert verdicts == [""] * 120 + ["sustained"] * 20
    clock.shift(24 * 60 * 60)
    assert judged("late@example.org") == ""


@pytest.mark.parametrize(
    ("network", "neighbours"),
    [("203.0.113.{}", 1), ("2001:db8:1:{}::1", 1), ("2001:db8:1::{}", 30)],
    ids=["/24", "/48", "/64"],
)
def test_many_addresses_of_one_network_are_suspected_together(judged, network, neighbours):
    limit = 30 if neighbours == 30 else 150
    verdicts = [judged(f"sam-{n}@example.org", at=network.format(n + 1)) for n in range(limit + 2)]

    assert verdicts == [""] * limit + ["burst"] * 2


def test_network_beside_is_not_suspected(judged):
    many(judged, 40)

    assert judged("dora@example.org", at="203.0.113.10") == ""


def test_forms_for_one_mailbox_from_everywhere_are_suspected(judged):
    verdicts = [judged("Sam@Example.org", at=f"198.51.{n}.1") for n in range(8)]

    assert verdicts == [""] * 6 + ["one-mailbox"] * 2


def test_whole_site_has_its_limit_too(judged, limit_is):
    limit_is(5, "SITE_BURST")

    assert [judged(f"sam-{n}@example.org", at=f"198.51.{n}.1") for n in range(7)] == [""] * 5 + ["whole-site"] * 2


def test_repeat_costs_its_network_nothing(judged):
    assert {judged("sam@example.org") for _again in range(100)} == {""}
    assert many(judged, 30) == [""] * 29 + ["burst"]


def test_suspected_one_is_not_trusted_for_asking_twice(judged):
    many(judged, 30)

    assert [judged("mallory@example.org") for _again in range(2)] == ["burst", "burst"]
    assert judged("sam-0@example.org") == ""


def test_network_is_refused_only_beyond_the_ceiling_of_forms(judged, limit_is):
    limit_is(50, "FORMS_AN_HOUR")
    assert {judged("sam@example.org") for _again in range(50)} == {""}
    assert judged("sam@example.org") == "refused"
    assert judged("dora@example.org", at="203.0.113.10") == ""


def test_two_hundred_with_the_code_of_a_group_are_counted_and_without_it_suspected(judged):
    group = GroupFactory(target=100)

    assert many(judged, 200, group=group) == [""] * 200
    assert judged("other@example.org") == ""
    assert many(judged, 200).count("burst") == 200 - 29


def test_two_hundred_hearts_from_one_network_count_with_the_code_of_a_group(client, wording):
    group = GroupFactory()
    for page, number in ((f"/en/groups/{group.code}/join/", 200), ("/en/pledge/", 50)):
        emails = [f"{number}-{n}@example.org" for n in range(number)]
        answers = {client.post(page, typed(wording, email=email)).url for email in emails}
        assert answers == {"/en/pledge/check-your-mail/"}
    Pledge.objects.update(status="confirmed", confirmed_at=timezone.now(), number=F("pk"))
    counting.close_windows()

    assert GroupTally.objects.get(group=group).confirmed == 200
    assert PledgeTally.objects.total() == 230
    assert Pledge.objects.suspected().filter(group=None).count() == 20


def test_group_has_its_own_ceiling(judged, clock):
    group = GroupFactory(target=100)
    verdicts = many(judged, 260, group=group)
    clock.shift(600)
    verdicts += [judged(f"dora-{n}@example.org", group=group) for n in range(245)]

    assert verdicts == [""] * 250 + ["burst"] * 10 + [""] * 240 + ["sustained"] * 5


@pytest.mark.parametrize(("target", "quota"), [(1, 500), (400, 800), (1_000_000, 5_000)])
def test_quota_follows_the_target_within_reason(target, quota):
    assert limits.quota(GroupFactory.build(target=target, campaign=None), Values({})) == quota


def test_code_that_leaked_to_many_networks_is_bounded(judged, limit_is):
    limit_is(4, "SMALLEST_QUOTA")
    group = GroupFactory(target=2)
    verdicts = [judged(f"sam-{n}@example.org", at=f"198.51.{n}.1", group=group) for n in range(10)]

    assert verdicts == [""] * 8 + ["sustained"] * 2


def test_one_network_has_one_quota_for_the_codes_of_all_groups(judged, limit_is):
    limit_is(6, "SMALLEST_QUOTA", "LARGEST_QUOTA")
    groups = [GroupFactory(target=2) for _number in range(4)]
    verdicts = [judged(f"sam-{n}-{g}@example.org", group=group) for g, group in enumerate(groups) for n in range(2)]

    assert verdicts == [""] * 6 + ["sustained"] * 2


def test_every_judgement_runs_the_same_three_statements(judged):
    texts = set()
    for email in ("sam@example.org", "sam@example.org", "dora@example.org", *(f"m{n}@example.org" for n in range(35))):
        with CaptureQueriesContext(connection) as queries:
            judged(email)
        assert len(queries) == 3
        texts.add(tuple(query["sql"].split("(")[0] for query in queries))
    assert len(texts) == 1


def test_trusted_network_is_never_suspected_nor_refused(judged, limit_is):
    rule("allow", network="203.0.113.0/24")
    limit_is(35, "FORMS_AN_HOUR")

    assert set(many(judged, 40)) == {""}


def test_trusted_domain_is_not_suspected_but_anyone_can_type_it(judged, limit_is):
    rule("allow", domain="example.org")
    limit_is(35, "FORMS_AN_HOUR")

    assert many(judged, 37) == [""] * 35 + ["refused"] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"network": "203.0.113.0/24"},
        {"network": HERE},
        {"domain": "trash.example"},
        {"domain": "*.example"},
        {"domain": "tr?sh.*"},
    ],
)
def test_blocked_source_is_always_suspected(judged, fields):
    rule("block", **fields)

    assert judged("Mallory@Trash.Example") == "blocked"


def test_rule_that_has_ended_or_is_of_others_says_nothing(judged):
    rule("block", network="203.0.113.0/24", until=timezone.now())
    rule("block", network="2001:db8::/32")
    rule("block", domain="example.com")
    rule("block", domain="*.example.org")

    assert judged("sam@example.org") == ""


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([("block", "203.0.113.0/24"), ("allow", HERE)], ""),
        ([("allow", "203.0.113.0/24"), ("block", HERE)], "blocked"),
        ([("allow", HERE), ("block", HERE)], ""),
        ([("allow", HERE), ("block", "example.org")], "blocked"),
        ([("block", "*.org"), ("allow", "example.org")], ""),
        ([("block", "203.0.113.0/24"), ("allow", "example.org")], "blocked"),
    ],
)
def test_narrowest_rule_of_each_kind_decides(judged, rules, verdict):
    for act, source in rules:
        rule(act, **{"network" if source[0].isdigit() else "domain": source})

    assert judged("sam@example.org") == verdict


def test_domain_of_another_script_is_compared_as_mail_servers_write_it(judged):
    rule("block", domain="xn--bcher-kva.example")

    assert judged("sam@bücher.example") == "blocked"


def test_source_without_an_address_is_judged_too(judged):
    rule("block", network="0.0.0.0/0")

    assert judged("sam@example.org", at="unix:") == ""


letters = st.text("ab.-", min_size=1, max_size=8)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(pattern=st.text("ab.-*?", min_size=1, max_size=8), domain=letters)
@example(pattern="?", domain=".")
def test_database_reads_a_glob_as_python_does(pattern, domain):
    if not DOMAIN_GLOB.fullmatch(pattern):
        return
    SourceRule.objects.all().delete()
    SourceRule.objects.create(act="block", domain=pattern, comment="why")

    email = f"sam@{domain}"
    assert sources.ruling(HERE, email, email).is_blocked == fnmatch.fnmatchcase(as_servers_write(domain), pattern)


@pytest.mark.parametrize(
    "fields",
    [
        {"network": "everywhere"},
        {"domain": "a b"},
        {"domain": "%"},
        {"domain": "a_b"},
        {},
        {"network": HERE, "domain": "a.b"},
    ],
)
def test_rule_that_means_nothing_is_refused(fields):
    with pytest.raises(ValidationError):
        rule("block", **fields)


def test_suspected_pledge_gets_the_same_page_and_the_same_mail(client, sam_pledges, limit_is, clock):
    limit_is(1, "NETWORK_BURST")
    answers = [sam_pledges(email=f"{name}@example.org") for name in ("sam", "mallory")]
    send_due()

    assert {(answer.status_code, answer.url, answer.content) for answer in answers} == {
        (302, "/en/pledge/check-your-mail/", b"")
    }
    assert sorted(Pledge.objects.values_list("standing", "suspected_for", "source_ip")) == [
        ("good", "", "127.0.0.1"),
        ("suspected", "burst", "127.0.0.1"),
    ]
    assert len({letter.subject for letter in mail.outbox}) == 1
    assert len(mail.outbox) == 2


def test_one_mail_in_ten_minutes_and_five_a_day_go_to_a_mailbox(clock):
    allowed = []
    for _tenth in range(8):
        allowed += [limits.may_mail("sam@example.org"), limits.may_mail("SAM@example.org")]
        clock.shift(600)

    assert allowed == [True, False] * 5 + [False] * 6
    assert limits.may_mail("dora@example.org")
