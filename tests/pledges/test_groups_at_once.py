"""Lists, pupils and links of groups at the same moment, on a database that really commits."""

import uuid

from django.test import Client

from blueheart.refusals import RefusedError
from pledges import jobs
from pledges.models import GroupTally, PaperSheet
from pledges.services import counting, sheets
from tests.pledges.factories import GroupFactory, WordingFactory
from tests.pledges.group_desk import link_for, pupil
from tests.pledges.test_at_once import at_once


def test_one_list_sent_by_eight_windows_counts_once_and_a_days_ceiling_holds(committed_db):
    group = GroupFactory()
    token = uuid.uuid4()
    at_once(lambda _turn: sheets.count_in(group=group, hearts=4_000, way="typed", form_token=token), 24)
    assert PaperSheet.objects.count() == 1

    def count_in(_turn: int) -> bool:
        try:
            sheets.count_in(group=group, hearts=4_000, way="typed", form_token=uuid.uuid4())
        except RefusedError:
            return False
        return True

    assert sum(at_once(count_in, 16)) == 4
    jobs.close_windows()
    assert GroupTally.objects.get().on_paper == 20_000
    assert list(counting.differences()) == []


def test_a_class_presses_at_the_same_moment_and_each_heart_counts_once(committed_db):
    group = GroupFactory(is_of_pupils=True, target=30)
    WordingFactory()
    tokens = [str(uuid.uuid4()) for _pupil in range(30)]
    path = f"/en/groups/{group.code}/join/"

    answers = at_once(lambda turn: Client().post(path, pupil(form_token=tokens[turn % 30])).status_code, 60)

    jobs.close_windows()
    assert set(answers) == {302}
    assert PaperSheet.objects.count() == 30
    assert GroupTally.objects.get().on_paper == 30


def test_a_link_of_a_keeper_opens_once_in_eight_windows(committed_db):
    link = link_for(GroupFactory())
    answers = at_once(lambda _turn: Client().post(link).status_code, 16)
    assert sorted(answers) == [200] * 15 + [302]
