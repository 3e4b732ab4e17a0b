"""What a donor adds for the fees: enough, not more, and only what can be charged."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueheart.money import CURRENCIES
from donations.fee_cover import cover_minor, rate_for
from donations.models import FeeRate, GivingCurrency


def rate(percent, fixed_minor=0, cap_minor=None, currency="USD"):
    return FeeRate(currency=currency, percent=Decimal(percent), fixed_minor=fixed_minor, cap_minor=cap_minor)


@pytest.mark.parametrize(
    ("gift_minor", "currency", "given", "cover"),
    [
        (2500, "USD", rate("2.9", 30), 106),  # 2.9 % of 26.06 and 30 cents are 1.06
        (2500, "USD", None, 0),
        (2500, "USD", rate("0"), 0),
        (100_000, "USD", rate("2.9", 30, cap_minor=500), 500),
        (1000, "JPY", rate("3.6"), 38),  # 37.34, rounded up
        (25_000, "KWD", rate("2.9"), 750),  # 746.65, and the last digit of a dinar is 0
        (150_000, "ISK", rate("2.9"), 4500),  # 4479.92, and a krona has no hundredth
        (2500, "USD", rate("20"), 625),
    ],
)
def test_what_is_added_is_what_stripe_keeps_of_the_sum(gift_minor, currency, given, cover):
    assert cover_minor(gift_minor, currency, given) == cover


@given(
    code=st.sampled_from(sorted(CURRENCIES)),
    steps=st.integers(1, 999_999),
    percent=st.decimals(0, 20, places=3),
    fixed_minor=st.integers(0, 500),
    cap_minor=st.none() | st.integers(1, 100_000),
)
def test_with_the_cover_the_whole_gift_arrives_and_not_a_step_more(code, steps, percent, fixed_minor, cap_minor):
    step = CURRENCIES[code].step_minor
    gift_minor = steps * step

    cover = cover_minor(gift_minor, code, rate(percent, fixed_minor, cap_minor))

    def fee(charged):
        full = Decimal(charged) * percent / 100 + fixed_minor
        return full if cap_minor is None else min(full, Decimal(cap_minor))

    assert type(cover) is int
    assert cover % step == 0
    assert gift_minor + cover - fee(gift_minor + cover) >= gift_minor
    assert cover == 0 or gift_minor + (cover - step) - fee(gift_minor + (cover - step)) < gift_minor


def test_a_currency_without_a_rate_of_its_own_has_the_one_of_all_others(db):
    FeeRate.objects.all().delete()
    assert rate_for("USD") is None
    FeeRate.objects.bulk_create([rate("4", currency=""), rate("2.9", 30)])

    assert (rate_for("USD").percent, rate_for("THB").percent) == (Decimal("2.9"), 4)


def test_what_is_offered_at_first_is_what_stripe_takes(db):
    """The table that the migration loads: all currencies, and nothing in them that Stripe would refuse."""
    rows = list(GivingCurrency.objects.all())

    assert {row.currency for row in rows} == set(CURRENCIES)
    for row in rows:
        rule = CURRENCIES[row.currency]
        assert rule.minimum_minor <= row.minimum_minor <= row.presets_minor[0], row.currency
        assert row.presets_minor[-1] <= row.maximum_minor <= rule.maximum_minor, row.currency
        assert len(row.presets_minor) == 4
        assert row.presets_minor == sorted(set(row.presets_minor))
        for amount_minor in (row.minimum_minor, row.maximum_minor, *row.presets_minor):
            assert amount_minor % rule.step_minor == 0, row.currency
        assert row.minimum_minor <= row.second_person_from_minor
