"""The sandbox's own table of currencies: Stripe's, and the same that the portal has (neither imports the other)."""

from decimal import Decimal

import pytest

from blueheart.money import CURRENCIES
from stripe_sandbox import money
from stripe_sandbox.errors import StripeError

NOON = 1_795_000_000


@pytest.mark.parametrize("code", sorted(money.BASE_RATES))
def test_a_currency_is_counted_as_the_portal_counts_it(code):
    rule = CURRENCIES[code.upper()]

    assert money.exponent(code) == rule.exponent
    assert money.maximum_amount(code) - rule.maximum_minor < rule.step_minor
    money.check_unit(rule.maximum_minor, code, "amount")
    if rule.step_minor > 1:
        with pytest.raises(StripeError):
            money.check_unit(rule.maximum_minor - 1, code, "amount")
    with pytest.raises(StripeError):
        money.check_unit(rule.maximum_minor + rule.step_minor, code, "amount")
    if code in money.MINIMUM_AMOUNTS:
        assert money.MINIMUM_AMOUNTS[code] == rule.minimum_minor


@pytest.mark.parametrize("code", sorted(money.BASE_RATES))
def test_the_least_amount_of_any_currency_comes_to_something(code):
    rate = money.rate_on(code, NOON)
    least = money.minimum_amount(code, NOON)

    assert Decimal("0.99") < rate / money.BASE_RATES[code] < Decimal("1.01") or code == "usd"
    assert money.settle(least, code, rate) > 0


def test_every_currency_of_the_portal_has_a_rate():
    assert {code.upper() for code in money.BASE_RATES} == set(CURRENCIES)
