"""Made-up pledges: of all countries, most from a few; some named, some with words, some suspected or withdrawn."""

import datetime as dt
import random
from collections.abc import Callable, Iterator

from django.db import connection

from blueheart import names
from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES, countries
from campaigns.models import Campaign
from office.seeding.databases import NULL, copy, insert, without_indexes
from pledges.models import Pledge, PledgingBody, PreceptWording
from pledges.models.pledges import PUBLIC_ID_LENGTH, PUBLIC_ID_LETTERS
from pledges.services import counting

BATCH, FEWER_BATCHES = 200_000, 1_000_000
SPAN = dt.timedelta(days=730)
NAMES = (
    "Ana", "Sam", "Amina", "Olga", "José", "Fatou", "Wei", "李娜", "محمد", "فاطمة", "Иван", "Мария", "Chloé", "João",
    "Priya", "Aiko", "Maria S.", "Ahmed", "Lucía", "Thabo", "Noor", "Elif", "Kofi", "Anja",
)  # fmt: skip
BODIES = ("Sea Rescue", "Blue School", "City of Hearts", "Union of Nurses", "Casa Aberta", "Radio Libre")
WORDS = ("For my daughters.", "Nobody is for sale.", "Por todas.", "我承诺。", "لا أحد للبيع.", "Никто не продаётся.")
COLUMNS = (
    "id", "public_id", "campaign_id", "kind", "email", "canonical_email", "public_name", "name_key", "is_16_or_older",
    "country", "way", "words", "words_status", "language", "status", "standing", "verification", "number",
    "created_at", "source_ip", "asked_at", "confirmed_at", "withdrawn_at", "erased_at", "suspected_at",
    "suspected_for", "hidden_at", "hidden_reason", "kept_asked_at", "fulfilled_at",
)  # fmt: skip


def load(count: int, *, seed: int, until: dt.datetime, say: Callable[[str], None]) -> None:
    """Load so many pledges, the last made at `until`, with their precepts; tallies, days and milestones follow."""
    rows = lines(count, seed=seed, until=until)
    with without_indexes("pledges_pledge", "pledges_pledge_precepts", "pledges_pledgingbody"):
        done = 0
        while done < count:
            done += copy(Pledge, COLUMNS, _some(rows, BATCH))
            say(f"pledges: {done:,}")
        _set_sequences()
        _bodies(until)
        _precepts(count, say)
        say("building indexes")
    say("counting")
    counting.close_windows()
    counting.repair()
    _last_hearts()


def lines(count: int, *, seed: int, until: dt.datetime) -> Iterator[str]:
    """The rows of pledges for COPY; the same for the same seed, campaigns and moment."""
    dice = random.Random(seed)  # noqa: S311  nothing here is secret
    campaigns = list(Campaign.objects.published().order_by("pk").values_list("pk", flat=True))
    main = Campaign.objects.values_list("pk", flat=True).get(slug=Campaign.GLOBAL_SLUG)
    codes = [iso2 for iso2, _name in countries(DEFAULT_LANGUAGE)]
    dice.shuffle(codes)
    shares = [1 / (place + 1) ** 1.2 for place in range(len(codes))]
    from_countries = dice.choices(codes, shares, k=65_536)
    of_campaigns = [main if dice.random() < 0.6 else dice.choice(campaigns) for _turn in range(4096)]
    named = [("", "") if dice.random() < 0.45 else (name, names.key(name)) for name in dice.choices(NAMES, k=4096)]
    ways, spoken = Pledge.Way.values, [code for code, _name in LANGUAGES]
    step = SPAN / max(count, 1)

    def drawn() -> Iterator[str]:  # asks the database nothing: it is busy with the COPY of these lines
        for turn in range(count):
            yield _line(
                turn + 1, dice, until - SPAN + step * (turn + 1), until, from_countries[dice.getrandbits(16)],
                of_campaigns[dice.getrandbits(12)], named[dice.getrandbits(12)], ways[dice.getrandbits(3)],
                spoken[turn % len(spoken)],
            )  # fmt: skip

    return drawn()


def _line(
    pk: int, dice: random.Random, at: dt.datetime, until: dt.datetime, country: str, campaign: int,
    name: tuple[str, str], way: str, language: str,
) -> str:  # fmt: skip
    fate, moment, later = dice.random(), at.isoformat(), (at + dt.timedelta(days=40)).isoformat()
    email, (public_name, name_key) = f"seed-{pk}@example.org", name
    kind, verification = "person", "not-needed"
    words, words_status = "", "none"
    status, standing = "confirmed", "good"
    number, confirmed, withdrawn, erased = str(pk), moment, NULL, NULL
    suspected_at, suspected_for, hidden_at, hidden_for = NULL, "", NULL, ""
    asked, kept = NULL, NULL
    if fate < 0.012:
        kind = "organisation" if fate < 0.01 else "authority"
        verification = ("verified", "verified", "verified", "waiting", "refused")[pk % 5]
        public_name = BODIES[pk % len(BODIES)]
        name_key = names.key(public_name)
    elif fate < 0.05:
        words, words_status = WORDS[pk % len(WORDS)], ("approved", "approved", "approved", "waiting", "refused")[pk % 5]
    elif fate < 0.08:
        status, number, confirmed = "pending", NULL, NULL
    elif fate < 0.09:
        status, withdrawn = "withdrawn", moment
    elif fate < 0.11:
        standing, suspected_at, suspected_for = "suspected", moment, "sustained"
    elif fate < 0.115:
        standing = "invalid"
    elif fate < 0.117:
        hidden_at, hidden_for = moment, "abuse"
    elif fate < 0.122:
        erased, email, public_name, name_key = moment, "", "", ""
    elif fate < 0.2 and at + dt.timedelta(days=41) < until:
        asked, kept = later, later
    age = until - at
    source = f"198.51.100.{pk % 250}" if age < dt.timedelta(days=30) and erased == NULL else NULL
    public_id = _public_id(dice)
    return "\t".join((
        str(pk), public_id, str(campaign), kind, email, email or NULL, public_name, name_key,
        "t" if public_name or words else "f", country, way, words, words_status, language, status, standing,
        verification, number, moment, source, moment, confirmed, withdrawn, erased, suspected_at, suspected_for,
        hidden_at, hidden_for, asked, kept,
    ))  # fmt: skip


def _public_id(dice: random.Random) -> str:
    """Drawn as one number: ten letters of fifty bits, of the thirty-two that five bits can name, the last one twice."""
    drawn = dice.getrandbits(5 * PUBLIC_ID_LENGTH)
    return "".join(
        PUBLIC_ID_LETTERS[(drawn >> 5 * place & 31) % len(PUBLIC_ID_LETTERS)] for place in range(PUBLIC_ID_LENGTH)
    )


def _some(rows: Iterator[str], most: int) -> Iterator[str]:
    for _turn in range(most):
        row = next(rows, None)
        if row is None:
            return
        yield row


def _set_sequences() -> None:
    with connection.cursor() as cursor:
        for sequence, column in (("pledges_pledge_id_seq", "id"), ("pledges_heart_number", "number")):
            cursor.execute(f"SELECT setval('{sequence}', max({column})) FROM pledges_pledge")  # noqa: S608  the two above


def _bodies(until: dt.datetime) -> None:
    given = {
        "pledge_id": "id",
        "form": "CASE kind WHEN 'authority' THEN (ARRAY['state', 'region', 'city'])[id % 3 + 1]"
        " ELSE (ARRAY['association', 'company', 'school', 'sport'])[id % 4 + 1] END",
        "people": "(id * 7 % 5000 + 10)::int",
        "contact_name": "'Kim'",
        "decided_at": "CASE verification WHEN 'waiting' THEN NULL ELSE created_at END",
        "refused_for": "CASE verification WHEN 'refused' THEN 'not an organisation' ELSE '' END",
    }
    insert(PledgingBody, given, "FROM pledges_pledge WHERE kind <> 'person' AND erased_at IS NULL ORDER BY id")


def _precepts(count: int, say: Callable[[str], None]) -> None:
    """Two to four of the precepts for each, chosen by its number."""
    wordings = list(PreceptWording.objects.current().order_by("pk").values_list("pk", flat=True))
    for first in range(1, count + 1, FEWER_BATCHES):
        last = min(first + FEWER_BATCHES - 1, count)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO pledges_pledge_precepts (pledge_id, preceptwording_id)"
                " SELECT id, (%(wordings)s::bigint[])[(id * 7 + turn) %% %(many)s + 1]"
                " FROM generate_series(%(first)s::bigint, %(last)s) AS id,"
                " generate_series(0, least(%(many)s - 1, 1 + id %% 3)::int) AS turn",
                {"wordings": wordings, "many": len(wordings), "first": first, "last": last},
            )
        say(f"precepts of pledges: {last:,}")


def _last_hearts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            UPDATE pledges_pledgetally AS tally SET last_at = newest.at
            FROM (SELECT campaign_id, country, kind, max(confirmed_at) AS at FROM pledges_pledge WHERE is_counted
                  GROUP BY campaign_id, country, kind) AS newest
            WHERE (newest.campaign_id, newest.country, newest.kind) = (tally.campaign_id, tally.country, tally.kind)
        """)
