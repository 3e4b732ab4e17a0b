import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from blueheart.money import CURRENCIES
from blueheart.trail.models import Entry
from donations import rate_file
from donations.exchange_rates import in_usd, in_usd_at, rate_on, rates_on
from donations.models import ExchangeRate
from donations.services.exchange_rates import import_rates
from tests.donations.factories import staff_member
from tests.donations.money_desk import member
from tests.office.factories import desk_of

JANUARY, MID_JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 1, 15), dt.date(2026, 2, 1)


def rate(currency="EUR", units="0.5", valid_from=JANUARY):
    return ExchangeRate.objects.create(
        currency=currency, units_per_usd=Decimal(units), valid_from=valid_from, source="a test"
    )


@pytest.mark.django_db
class TestRateOn:
    def test_the_last_rate_that_began_by_then_is_valid(self):
        first, second = rate(), rate(units="0.8", valid_from=MID_JANUARY)

        assert rate_on("EUR", JANUARY) == first
        assert rate_on("EUR", MID_JANUARY - dt.timedelta(days=1)) == first
        assert rate_on("EUR", MID_JANUARY) == second
        assert rate_on("EUR", dt.date(2030, 1, 1)) == second

    def test_before_the_first_rate_there_is_none(self):
        rate()

        assert rate_on("EUR", JANUARY - dt.timedelta(days=1)) is None
        assert rate_on("JPY", JANUARY) is None

    def test_a_dollar_is_a_dollar_without_a_row(self):
        assert rate_on("USD", JANUARY).units_per_usd == 1

    def test_many_are_found_by_one_query(self, django_assert_num_queries):
        euro, yen, later = rate(), rate("JPY", "150"), rate(units="0.9", valid_from=FEBRUARY)
        wanted = [(code, day) for code in ("EUR", "JPY", "USD", "ZAR") for day in (JANUARY, FEBRUARY)]

        with django_assert_num_queries(1):
            found = rates_on(wanted)

        assert found.pop(("USD", JANUARY)).units_per_usd == found.pop(("USD", FEBRUARY)).units_per_usd == 1
        assert found == {
            ("EUR", JANUARY): euro,
            ("EUR", FEBRUARY): later,
            ("JPY", JANUARY): yen,
            ("JPY", FEBRUARY): yen,
        }


@pytest.mark.django_db
class TestInUsd:
    @pytest.mark.parametrize(
        ("amount_minor", "currency", "units", "cents"),
        [
            (1000, "EUR", "0.5", 2000),
            (1000, "JPY", "150", 667),
            (1000, "KWD", "0.3", 333),
            (-1000, "JPY", "150", -667),
            (1, "EUR", "2", 0),  # half a cent goes to the even one
            (3, "EUR", "2", 2),
            (-3, "EUR", "2", -2),
        ],
    )
    def test_each_currency_by_its_decimals_rounded_once_half_to_even(self, amount_minor, currency, units, cents):
        rate(currency, units)

        assert in_usd(amount_minor, currency, JANUARY) == cents

    def test_dollars_stay_what_they_are(self):
        assert in_usd(12345, "USD", JANUARY) == 12345

    def test_without_a_rate_there_is_no_figure(self):
        assert in_usd(1000, "EUR", JANUARY) is None

    def test_a_currency_of_unknown_decimals_is_not_converted(self):
        rate("BTN", "85")

        assert in_usd(1000, "BTN", JANUARY) is None


@given(
    amount_minor=st.integers(-(10**15), 10**15),
    currency=st.sampled_from(sorted(CURRENCIES)),
    units=st.decimals("0.0000000001", "9999999999", places=10),
)
def test_an_amount_in_dollars_is_off_by_half_a_cent_at_most(amount_minor, currency, units):
    row = ExchangeRate(currency=currency, units_per_usd=units, valid_from=JANUARY)
    exact = Fraction(amount_minor, 10 ** CURRENCIES[currency].exponent) / Fraction(units) * 100

    assert abs(in_usd_at(amount_minor, currency, row) - exact) <= Fraction(1, 2)


UN_EXPORT = """United Nations Operational Rates of Exchange,,,,
Country,Currency,Abbrev.,Rate/US$,Effective Date
Belgium,Euro,EUR,0.92,01 Mar 2026
France,Euro,EUR,0.920,01 Mar 2026
Japan,Yen,JPY,150.5,1 March 2026
Lebanon,Pound,LBP,"89,500.00",01-Mar-2026
United States of America,Dollar,USD,1,2026-03-01
"""


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("currency,rate,effective date", "EUR,0.92,2026-03-01"),
        ("Country;Currency name;Currency code;UN rate;Date effective", "Belgium;Euro;EUR;0.92;2026-03-01"),
        ("f_country_name\tf_curr_code\trate\trate_date", "Belgium\tEUR\t0.92\t01 Mar 2026"),
        ("Abbreviation,Operational Rate,Valid from", '"EUR","0.92","1 Mar 2026"'),
    ],
)
def test_columns_are_known_by_many_names(header, line):
    ((rate,), problems) = rate_file.read(f"{header}\r\n{line}\r\n".encode())

    assert problems == []
    assert (rate.currency, rate.units_per_usd, rate.valid_from) == ("EUR", Decimal("0.92"), dt.date(2026, 3, 1))


@pytest.mark.parametrize(
    "line",
    [
        "eur,0.92,2026-03-01",
        "EURO,0.92,2026-03-01",
        ",0.92,2026-03-01",
        "=1+1,0.92,2026-03-01",
        "EUR,0,2026-03-01",
        "EUR,-0.92,2026-03-01",
        "EUR,1e3,2026-03-01",
        'EUR,"0,92",2026-03-01',
        'EUR,"1,512",2026-03-01',
        "EUR,0.92345678901,2026-03-01",
        "EUR,NaN,2026-03-01",
        "EUR,٠٫٩,2026-03-01",
        "EUR,0.92,01/03/2026",
        "EUR,0.92,2026-02-30",
        "EUR,0.92,2126-03-01",
        "EUR,0.92,1926-03-01",
        "EUR,0.92,",
        "EUR,0.92",
        "USD,1.1,2026-03-01",
        "JPY,151,2026-03-01",
    ],
)
def test_a_line_that_cannot_be_taken_is_named(line):
    file = f"Code,Rate,Effective date\nJPY,150,2026-03-01\n{line}\n"

    assert [problem.line for problem in rate_file.read(file.encode()).problems] == [3]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"\xff\xfeC\x00o\x00",
        "Code,Rate,Effective date\nEUR,0.92,1 März 2026\n".encode("latin-1"),
        b"Code,Rate,Effective date\n",
        b"Country,Rate,Date\nBelgium,0.92,2026-03-01\n",
        b'Code,Rate,Effective date\nEUR,"0.92,2026-03-01\n',
        b"Code,Rate,Effective date\n" + b"EUR,0.92,2026-03-01\n" * 5001,
        b"Code,Rate,Effective date\n" + b"x" * 1024 * 1024,
        b"Code,Rate,Effective date\n" + b"x" * 200_000,
        b"PK\x03\x04\x00\x00",
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_nothing_taken(data):
    assert rate_file.read(data).problems


@pytest.mark.django_db
class TestImport:
    def test_a_file_of_the_treasurys_is_stored_and_the_trail_knows(self):
        ada = staff_member()

        done = import_rates(UN_EXPORT.encode(), source="UN", by=ada, file_name="rates.csv")

        assert (len(done.new), done.known, done.problems) == (3, 0, ())
        assert dict(ExchangeRate.objects.values_list("currency", "units_per_usd")) == {
            "EUR": Decimal("0.92"),
            "JPY": Decimal("150.5"),
            "LBP": Decimal(89500),
        }
        entry = Entry.objects.get(action="exchange-rates.imported")
        assert (entry.actor, entry.detail["rates"]) == (ada, 3)

    def test_the_same_file_again_changes_nothing(self):
        import_rates(UN_EXPORT.encode(), source="UN", by=staff_member())

        assert import_rates(UN_EXPORT.encode(), source="UN", by=staff_member()) == ((), 3, ())
        assert ExchangeRate.objects.count() == 3

    def test_a_stored_rate_is_not_changed_and_nothing_else_of_the_file_is_taken(self):
        rate("EUR", "0.95", dt.date(2026, 3, 1))

        done = import_rates(UN_EXPORT.encode(), source="UN", by=staff_member())

        assert [problem.line for problem in done.problems] == [3]
        assert ExchangeRate.objects.count() == 1

    def test_one_wrong_line_and_nothing_is_written(self):
        done = import_rates((UN_EXPORT + "Kenya,Shilling,KES,,1 Mar 2026\n").encode(), source="UN", by=staff_member())

        assert [problem.line for problem in done.problems] == [8]
        assert not ExchangeRate.objects.exists()


@pytest.mark.django_db
class TestOffice:
    def test_list_leads_to_the_import_those_who_may(self):
        address = reverse("admin:import_new", args=["exchange-rates"])
        ada = desk_of(member("ada", "import_exchangerate", "view_exchangerate"))
        bea = desk_of(member("bea", "view_exchangerate"))

        assert address in ada.get(url("changelist")).content.decode()
        assert address not in bea.get(url("changelist")).content.decode()

    def test_nobody_adds_or_changes_a_rate(self):
        stored = rate()
        admin = User.objects.create_superuser("root", "root@example.org", "x")
        desk = desk_of(admin)

        assert desk.get(url("add")).status_code == 403
        desk.post(url("change", stored.pk), {"units_per_usd": "2"})
        stored.refresh_from_db()
        assert stored.units_per_usd == Decimal("0.5")

    def test_as_many_queries_for_one_rate_as_for_three_hundred(self, django_assert_max_num_queries):
        rate()
        desk = desk_of(member("ada", "import_exchangerate", "view_exchangerate"))
        with django_assert_max_num_queries(15) as asked:
            desk.get(url("changelist"))
        for number in range(300):
            rate(valid_from=JANUARY + dt.timedelta(days=number + 1))

        with django_assert_max_num_queries(len(asked)):
            desk.get(url("changelist"))


def upload(text):
    return SimpleUploadedFile("rates.csv", text.encode(), content_type="text/csv")


def url(page, *args):
    return reverse(f"admin:donations_exchangerate_{page}", args=args)
