"""Ann, who gives roles, gives herself none, whatever her browser sends."""

import pytest

from tests.office.test_accounts import ann, desk, roles, save

__all__ = ["ann", "desk"]


@pytest.mark.django_db
def test_role_that_ann_sends_for_herself_is_not_taken(ann, desk):
    save(desk, ann, roles=["Administrator", "Moderator"])

    assert roles(ann) == {"Administrator"}
