"""What the form takes: names for the receipt, names and words in public, tributes, and the sum."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.utils import timezone

from blueheart.money import CURRENCIES
from donations.amounts import from_plain, to_plain, to_typed
from donations.forms import DonationForm, offered_currencies
from donations.models import GivingCurrency
from tests.donations.conftest import typed


def filled(offered=None, **changes) -> DonationForm:
    data = QueryDict(mutable=True)
    data.update(typed(**changes))
    return DonationForm(data, offered=offered or offered_currencies())


@pytest.fixture
def offered(db):
    """All currencies that Stripe presents."""
    GivingCurrency.objects.update(is_offered=True)
    return offered_currencies()


@pytest.mark.parametrize(
    "name", ["Prize at http://evil.example/", "evil1.example", "www evil", "ｔ．ｍｅ", "you@evil.example"]
)
def test_mail_of_thanks_cannot_be_made_to_carry_a_link(db, name):
    """Mallory gives to Dora's address with a test card: our mail would bring Dora her link."""
    assert filled(receipt_name=name).errors == {
        "receipt_name": ["Please write the name without a web or mail address. After a full stop, leave a space."]
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (" Dora  Donor ", "Dora Donor"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("Acme S.p.A.", "Acme S.p.A."),
        ("4 Life & Sons Ltd.", "4 Life & Sons Ltd."),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("", ""),
    ],
)
def test_receipt_may_be_for_any_name(db, name, kept):
    form = filled(receipt_name=name)

    assert form.is_valid()
    assert form.wish().receipt_name == kept


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        ({}, "anonymous", ""),
        ({"public_name_kind": "anonymous"}, "anonymous", ""),
        ({"public_name": " Dora   D. "}, "alias", "Dora D."),
        ({"public_name_kind": "alias", "public_name": "Dodo"}, "alias", "Dodo"),
        ({"public_name_kind": "first", "public_name": "Dora"}, "first", "Dora"),
        ({"public_name_kind": "full"}, "full", "Dora Donor"),
        ({"public_name_kind": "full", "public_name": "Donor Dora"}, "full", "Donor Dora"),
    ],
)
def test_name_in_public_is_the_one_that_was_typed_for_it(db, said, kind, name):
    form = filled(is_16_or_older="on", **said)

    assert form.is_valid(), form.errors
    assert (form.wish().public_name_kind, form.wish().public_name) == (kind, name)


@pytest.mark.parametrize(
    ("said", "field", "error"),
    [
        ({"public_name_kind": "alias"}, "public_name", "Please type the name that we may show."),
        ({"public_name_kind": "first"}, "public_name", "Please type the name that we may show."),
        ({"public_name_kind": "full", "receipt_name": ""}, "public_name", "Please type the name that we may show."),
        (
            {"public_name_kind": "full", "receipt_name": "4 Life & Sons"},
            "public_name",
            "Please write the name without digits.",
        ),
        (
            {"public_name_kind": "anonymous", "public_name": "Dora"},
            "public_name_kind",
            "You typed a name to show, and chose to give anonymously. Please keep one of them.",
        ),
        ({"public_name": "D0ra"}, "public_name", "Please write the name without digits."),
        (
            {"words": "see evil.example"},
            "words",
            "Please write without web or mail addresses. After a full stop, leave a space.",
        ),
        ({"words": "x" * 281}, "words", "Ensure this value has at most 280 characters (it has 281)."),
    ],
)
def test_what_cannot_be_shown_is_refused(db, said, field, error):
    assert filled(is_16_or_older="on", **said).errors == {field: [error]}


@pytest.mark.parametrize("said", [{"public_name": "Dora"}, {"words": "For her"}])
def test_nothing_of_a_child_is_shown(db, said):
    assert list(filled(**said).errors) == ["is_16_or_older"]


def test_words_may_be_said_without_a_name(db):
    form = filled(words=" For   her ", is_16_or_older="on", is_amount_shown="on")

    assert form.is_valid()
    wish = form.wish()
    assert (wish.words, wish.public_name, wish.public_name_kind, wish.is_amount_shown) == (
        "For her",
        "",
        "anonymous",
        True,
    )


TODAY = timezone.now().date()
TRIBUTE = {"tribute_kind": "memory", "honoured_name": "Anna", "notice_email": "otto@example.org"}


@pytest.mark.parametrize(
    ("said", "day"),
    [
        (TRIBUTE, TODAY),
        (TRIBUTE | {"notice_on": str(TODAY)}, TODAY),
        (TRIBUTE | {"notice_on": str(TODAY - dt.timedelta(days=1))}, TODAY),  # it is still that day in Honolulu
        (TRIBUTE | {"notice_on": str(TODAY + dt.timedelta(days=366))}, TODAY + dt.timedelta(days=366)),
        (TRIBUTE | {"notice_email": ""}, None),
    ],
)
def test_tribute_has_its_day_where_somebody_shall_be_told(db, said, day):
    form = filled(**said)

    assert form.is_valid(), form.errors
    assert form.wish().tribute.notice_on == day


@pytest.mark.parametrize(
    ("said", "field", "error"),
    [
        ({"honoured_name": "Anna"}, "tribute_kind", "Please choose: in honour or in memory of somebody."),
        ({"notice_email": "otto@example.org"}, "tribute_kind", "Please choose: in honour or in memory of somebody."),
        (TRIBUTE | {"honoured_name": ""}, "honoured_name", "Please write whom the gift is for."),
        (
            TRIBUTE | {"notice_email": "", "notice_from": "Dora"},
            "notice_email",
            "Please enter the address, or leave all about the mail empty.",
        ),
        (TRIBUTE | {"notice_email": "otto"}, "notice_email", "Enter a valid email address."),
        (
            TRIBUTE | {"notice_on": str(TODAY - dt.timedelta(days=2))},
            "notice_on",
            "This day is over. Please choose today or a later one.",
        ),
        (
            TRIBUTE | {"notice_on": str(TODAY + dt.timedelta(days=367))},
            "notice_on",
            "Please choose a day within a year.",
        ),
        (TRIBUTE | {"notice_on": "soon"}, "notice_on", "Enter a valid date."),
    ],
)
def test_half_a_tribute_is_asked_for_the_rest(db, said, field, error):
    assert filled(**said).errors == {field: [error]}


@pytest.mark.parametrize("field", ["honoured_name", "notice_name", "notice_from"])
@pytest.mark.parametrize("typed_name", ["evil.example", "Call 0800 1234", "you@evil.example", "x" * 41])
def test_mail_to_others_carries_no_message_of_mallorys(db, field, typed_name):
    assert list(filled(**TRIBUTE | {field: typed_name}).errors) == [field]


def test_fees_are_added_to_what_is_charged(db):
    form = filled(cover_fees="on", seen_total="2606")

    assert form.is_valid()
    assert not form.wants_a_look
    assert (form.wish().amount_minor, form.wish().fee_cover_minor) == (2606, 106)
    assert filled().is_valid()


@pytest.mark.parametrize("seen", ["", "2500", "2605", "x", None])
def test_no_sum_is_charged_that_the_donor_has_not_seen(db, seen):
    form = filled(cover_fees="on", seen_total=seen)

    assert form.is_valid()
    assert form.wants_a_look


@pytest.mark.parametrize("seen", ["", "1"])
def test_a_gift_without_fees_needs_no_second_look(db, seen):
    form = filled(seen_total=seen)

    assert form.is_valid()
    assert not form.wants_a_look


def test_fees_that_stripe_would_not_take_any_more_are_refused(db):
    form = filled(preset="other", amount="999999", cover_fees="on")

    assert form.errors == {
        "cover_fees": ["With the fees it is more than can be charged at once. Please leave them out."]
    }


def test_limits_are_those_that_staff_set(db):
    GivingCurrency.objects.filter(currency="USD").update(
        minimum_minor=2000, maximum_minor=9000, presets_minor=[1000, 2500, 10_000]
    )

    assert filled(preset="other", amount="15").errors == {"amount": ["The smallest gift we can take is US$20.00."]}
    assert filled(preset="other", amount="91").errors == {
        "amount": ["The largest gift we can take online is US$90.00."]
    }
    assert filled().presets == [2500]
    assert list(filled(preset="1000").errors) == ["preset"]


def test_suggested_amounts_of_every_currency_can_be_given_with_their_fees(offered):
    for currency, rules in offered.items():
        for amount in (rules.presets_minor[0], rules.presets_minor[-1], rules.minimum_minor):
            text = to_typed(amount, currency, "en")
            said = {"preset": str(amount)} if amount in rules.presets_minor else {"preset": "other", "amount": text}
            form = filled(offered, currency=currency, shown_currency=currency, cover_fees="on", **said)
            assert form.is_valid(), (currency, form.errors)
            wish = form.wish()
            assert wish.amount_minor - wish.fee_cover_minor == amount
            assert wish.fee_cover_minor > 0
            assert wish.amount_minor % CURRENCIES[currency].step_minor == 0
            assert from_plain(to_plain(amount, currency), currency) == amount
