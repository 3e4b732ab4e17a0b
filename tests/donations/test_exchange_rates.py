import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueheart.money import CURRENCIES
from donations.exchange_rates import in_usd, in_usd_at, rate_on, rates_on
from donations.models import ExchangeRate

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
