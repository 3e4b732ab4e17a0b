"""What people type becomes minor units, exactly or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueheart.languages import LANGUAGES
from blueheart.money import CURRENCIES, AmountError, check_amount, format_amount, parse_amount
from blueheart.templatetags.money import money, number

CODES = [code for code, _name in LANGUAGES]


@st.composite
def gifts(draw):
    rule = draw(st.sampled_from(list(CURRENCIES.values())))
    steps = draw(st.integers(-(-rule.minimum_minor // rule.step_minor), rule.maximum_minor // rule.step_minor))
    return steps * rule.step_minor, rule.code, draw(st.sampled_from(CODES))


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


@pytest.mark.parametrize("currency", CURRENCIES)
def test_presets_are_gifts_that_can_be_given(currency):
    for preset in CURRENCIES[currency].presets_minor:
        check_amount(preset, currency, "en")
        assert preset % CURRENCIES[currency].step_minor == 0


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_example_in_the_error_can_be_typed(currency, language):
    with pytest.raises(AmountError) as error:
        parse_amount("?", currency, language)

    example = str(error.value).split("such as ")[1].removesuffix(".")
    assert parse_amount(example, currency, language) == CURRENCIES[currency].presets_minor[1]


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
    ],
)
def test_amount_is_shown_with_the_currencys_own_decimals(amount_minor, currency, language, text):
    assert format_amount(amount_minor, currency, language) == text


def test_template_tag_isolates_the_amount_from_the_text_around_it():
    assert money(2500, "USD") == "<bdi>US$25.00</bdi>"
    assert number(1234567) == "1,234,567"
