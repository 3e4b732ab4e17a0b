"""What people type becomes minor units, exactly or not at all."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueheart.languages import LANGUAGES
from blueheart.money import CURRENCIES, AmountError, check_amount, format_amount, parse_amount, round_up
from blueheart.templatetags.money import money, number

CODES = [code for code, _name in LANGUAGES]


# The whole table of https://docs.stripe.com/currencies, against slips of the pen.
NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD JOD KWD OMR TND"


class Bounds:
    """What staff offer, narrower than what Stripe takes."""

    minimum_minor = 1000
    maximum_minor = 500_000


@st.composite
def gifts(draw):
    rule = draw(st.sampled_from(list(CURRENCIES.values())))
    steps = draw(st.integers(-(-rule.minimum_minor // rule.step_minor), rule.maximum_minor // rule.step_minor))
    return steps * rule.step_minor, rule.code, draw(st.sampled_from(CODES))


def test_the_table_is_the_one_of_stripe():
    of_exponent = {
        places: {code for code, rule in CURRENCIES.items() if rule.exponent == places} for places in range(4)
    }

    assert of_exponent[0] == set(NO_DECIMALS.split())
    assert of_exponent[3] == set(THREE_DECIMALS.split())
    assert (len(of_exponent[2]), of_exponent[1]) == (119, set())
    assert {code for code, rule in CURRENCIES.items() if rule.step_minor == 10} == of_exponent[3]
    assert {code for code, rule in CURRENCIES.items() if rule.step_minor == 100} == {"ISK", "UGX"}
    assert {code for code, rule in CURRENCIES.items() if rule.payout_step_minor == 100} == {"HUF", "ISK", "TWD", "UGX"}
    assert {code for code, rule in CURRENCIES.items() if rule.maximum_minor > 99_999_999} == {"IDR"}
    for code, rule in CURRENCIES.items():
        assert rule.code == code
        assert rule.minimum_minor % rule.step_minor == rule.maximum_minor % rule.step_minor == 0


@pytest.mark.parametrize("language", CODES)
def test_the_smallest_and_the_largest_amounts_are_read_back_in_every_currency_and_language(language):
    for currency, rule in CURRENCIES.items():
        for amount_minor in (rule.minimum_minor, min(123_456_700, rule.maximum_minor), rule.maximum_minor):
            shown = format_amount(amount_minor, currency, language)
            assert parse_amount(shown, currency, language) == amount_minor
        units = rule.maximum_minor // 10**rule.exponent
        assert parse_amount(f"{currency} {units}", currency, language) == units * 10**rule.exponent


@given(gifts())
def test_every_amount_is_read_back_as_it_is_shown(gift):
    amount_minor, currency, language = gift

    assert parse_amount(format_amount(amount_minor, currency, language), currency, language) == amount_minor


@given(gifts(), st.sampled_from(["٠", "۰", "०", "０", "𝟎"]))
def test_digits_of_every_script_are_read(gift, zero):
    amount_minor, currency, language = gift
    text = format_amount(amount_minor, currency, language)
    text = "".join(chr(ord(zero) + int(char)) if char in "0123456789" else char for char in text)

    assert parse_amount(text, currency, language) == amount_minor


@given(st.text(max_size=60), st.sampled_from(list(CURRENCIES)), st.sampled_from(CODES))
def test_any_text_is_an_amount_that_may_be_given_or_an_error(text, currency, language):
    try:
        amount_minor = parse_amount(text, currency, language)
    except AmountError:
        return
    assert type(amount_minor) is int
    assert amount_minor % CURRENCIES[currency].step_minor == 0
    check_amount(amount_minor, currency, language)


@given(st.text("0123456789.,  '’-+eE$", max_size=45), st.sampled_from(list(CURRENCIES)), st.sampled_from(CODES))
def test_text_that_nearly_is_a_number_is_read_or_refused(text, currency, language):
    test_any_text_is_an_amount_that_may_be_given_or_an_error.hypothesis.inner_test(text, currency, language)


@pytest.mark.parametrize(
    ("text", "currency", "language", "amount_minor"),
    [
        ("25", "USD", "en", 2500),
        ("25.5", "USD", "en", 2550),
        ("25,50", "USD", "en", 2550),
        ("$25", "USD", "en", 2500),
        ("25 $", "USD", "fr", 2500),
        ("US$ 25", "USD", "en", 2500),
        ("usd 25", "USD", "en", 2500),
        ("1,234", "USD", "en", 123400),
        ("1.234", "USD", "es", 123400),
        ("1,234.50", "USD", "es", 123450),
        ("1.234,50", "USD", "en", 123450),
        ("1 234,50", "EUR", "fr", 123450),
        ("1’234.50", "CHF", "fr", 123450),
        ("1,234,567", "JPY", "zh-hans", 1234567),
        ("١٬٢٣٤٫٥٠", "USD", "ar", 123450),
        ("２５．５０", "USD", "zh-hans", 2550),
        ("0.500", "KWD", "es", 500),
        ("0,50 د.ك", "KWD", "ar", 500),
        ("1.230", "KWD", "en", 1230),
        (".99999", "KWD", "en", None),
        ("1.", "USD", "en", 100),
        ("000025", "USD", "en", 2500),
        ("1500", "ISK", "en", 150_000),
        ("1500.00 kr", "ISK", "en", 150_000),
        ("R$ 25,50", "BRL", "pt", 2550),
        ("2 500 ₽", "RUB", "ru", 250_000),
        ("Rp 1.500.000", "IDR", "es", None),
        ("1500000", "IDR", "es", 150_000_000),
        ("kr 250", "SEK", "fr", 25_000),
        ("1.000", "TND", "en", 1000),
    ],
)
def test_amount_is_read_as_people_of_the_language_mean_it(text, currency, language, amount_minor):
    if amount_minor is None:
        with pytest.raises(AmountError):
            parse_amount(text, currency, language)
    else:
        assert parse_amount(text, currency, language) == amount_minor


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "-25", "+25", "1e3", "25 50", "1,23,456", "1,234,56", "1.234.56", "1,,000", "5²", "①②", "½", "0x19",
     "€25", "25 £", "NaN", "Infinity", "ten", "25;50", "25\n30", "2" * 41, "1" + ",234" * 10_000],
)  # fmt: skip
def test_what_could_mean_two_things_or_nothing_is_refused(text):
    with pytest.raises(AmountError, match="in figures, such as"):
        parse_amount(text, "USD", "en")


@pytest.mark.parametrize(
    ("text", "currency", "language"),
    [
        ("25.001", "USD", "en"),
        ("0.5", "JPY", "en"),
        ("1.235", "KWD", "en"),
        ("1500.50", "ISK", "en"),
        ("1500.01", "UGX", "fr"),
        ("1.0000000000000000000000000000001", "USD", "en"),
    ],
)
def test_more_precise_than_the_currency_is_refused_not_rounded(text, currency, language):
    with pytest.raises(AmountError, match="more precise"):
        parse_amount(text, currency, language)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_amounts_beyond_the_limits_are_refused_at_both_ends(currency):
    rule = CURRENCIES[currency]

    check_amount(rule.minimum_minor, currency, "en")
    check_amount(rule.maximum_minor, currency, "en")
    with pytest.raises(AmountError, match="smallest gift"):
        check_amount(rule.minimum_minor - rule.step_minor, currency, "en")
    with pytest.raises(AmountError, match="largest gift"):
        check_amount(rule.maximum_minor + rule.step_minor, currency, "en")


def test_narrower_limits_count_where_they_are_given():
    assert parse_amount("10", "USD", "en", limits=Bounds) == 1000
    with pytest.raises(AmountError, match=re.escape("smallest gift we can take is US$10.00.")):
        parse_amount("9.99", "USD", "en", limits=Bounds)
    with pytest.raises(AmountError, match=re.escape("largest gift we can take online is US$5,000.00.")):
        parse_amount("5000.01", "USD", "en", limits=Bounds)


@pytest.mark.parametrize("limits", [None, Bounds])
@pytest.mark.parametrize("currency", ["ARS", "IDR", "ISK", "JPY", "KWD", "USD", "XCG"])
def test_the_example_in_the_error_can_be_typed(currency, limits):
    with pytest.raises(AmountError) as error:
        parse_amount("?", currency, "en", limits=limits)
    example = str(error.value).split("such as ")[1].removesuffix(".")
    assert parse_amount(example, currency, "en", limits=limits) > 0


@pytest.mark.parametrize(
    ("amount", "currency", "amount_minor"),
    [("100.2", "USD", 101), ("100", "USD", 100), ("0", "USD", 0), ("101", "KWD", 110), ("101", "UGX", 200),
     ("0.01", "JPY", 1)],
)  # fmt: skip
def test_amounts_are_rounded_up_to_what_the_currency_can_charge(amount, currency, amount_minor):
    assert round_up(Decimal(amount), currency) == amount_minor


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "text"),
    [
        (2500, "USD", "en", "US$25.00"),
        (2500, "EUR", "fr", "25,00\u00a0€"),
        (3000, "JPY", "en", "JP¥3,000"),
        (7500, "KWD", "en", "KWD\u00a07.500"),
        (-2500, "USD", "en", "-US$25.00"),
        (0, "USD", "en", "US$0.00"),
        (2500, "USD", "ar", "\u200f25.00\u00a0US$\u200e"),
        (2500, "EUR", "ar", "\u200f25.00\u00a0€"),
        (99_999_999_999_999_999, "USD", "en", "US$999,999,999,999,999.99"),
        (150_000, "ISK", "en", "ISK\u00a01,500"),
        (150_050, "UGX", "en", "UGX\u00a01,500.50"),
        (2500, "XCG", "en", "Cg.\u00a025.00"),
    ],
)
def test_amount_is_shown_with_the_currencys_own_decimals(amount_minor, currency, language, text):
    assert format_amount(amount_minor, currency, language) == text


def test_template_tag_isolates_the_amount_from_the_text_around_it():
    assert money(2500, "USD") == "<bdi>US$25.00</bdi>"
    assert number(1234567) == "1,234,567"
