"""Rows that a story needs many of, made beside the running portal: `site.run("from tests.journeys import rows; …")`."""

import json
from pathlib import Path

from django.contrib.auth.models import Group

from campaigns.models import Campaign
from pledges.models import PreceptWording
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory

SAID = ("For my daughters.", "Nobody is for sale.", "Por todas.", "我承诺。", "لا أحد للبيع.")
LANGUAGE_OF = ("en", "en", "pt", "zh-hans", "ar")


def hearts_with_words(count: int, named: str) -> None:
    """So many confirmed hearts, whose words nobody has read."""
    campaign = Campaign.objects.get(slug=Campaign.GLOBAL_SLUG)
    wordings = list(PreceptWording.objects.current()[:2])
    for number in range(count):
        HeartFactory(
            campaign=campaign,
            precepts=wordings,
            email=f"{named.lower()}-{number}@example.org",
            public_name=f"{named} {number + 1}",
            words=SAID[number % len(SAID)],
            language=LANGUAGE_OF[number % len(SAID)],
        )


def staff_at_their_desks(names: dict[str, str], sessions: str) -> None:
    """Somebody of each role by this name, inside with both factors; their cookies go into the file `sessions`."""
    cookies = {}
    for role, name in names.items():
        person = StaffFactory(username=name, is_superuser=False, password=None)
        person.groups.set([Group.objects.get(name=role)])
        cookies[role] = {key: morsel.value for key, morsel in desk_of(person).cookies.items()}
    Path(sessions).write_text(json.dumps(cookies))
