"""Rows that a story needs many of, made beside the running portal: `site.run("from tests.journeys import rows; …")`."""

from campaigns.models import Campaign
from pledges.models import PreceptWording
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
