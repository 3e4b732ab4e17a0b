"""Who lends the campaign a voice, since when, and who says so."""

import datetime as dt

import pytest

from campaigns.models import Partner
from campaigns.templatetags.content import when
from tests.campaigns.factories import PartnerFactory
from tests.campaigns.reading import get

pytestmark = pytest.mark.django_db

# As domain-facts have them: slug, the date as it is shown, and who reports what the United Nations do not say.
EXPECTED = {
    "mira-sorvino": ("12 February 2009", "A"),
    "nicolas-cage": ("4 December 2009", "A"),
    "ivete-sangalo": ("9 May 2013", "B"),
    "ozark-henry": ("by 22 July 2021", "A"),
    "marcela-loaiza": ("", "A"),
    "smurfs": ("2020", "A"),
    "narita-airport": ("2019", "A"),
    "rukus-avenue": ("2017", "A"),
    "red-panthers": ("", "A"),
    "belgian-cats": ("", "A"),
    "belgian-cycling": ("", "A"),
    "boic": ("", "A"),
    "club-brugge": ("", "A"),
    "rede-globo": ("9 May 2013", "A"),
}


def test_partners_stand_by_kind_ambassadors_first(client):
    PartnerFactory(kind="travel", name="An airport")
    PartnerFactory(kind="ambassador", name="An actor")
    PartnerFactory(kind="sport", name="A team")

    page = get(client, "partners/")

    assert page.index("An actor") < page.index("A team") < page.index("An airport")
    assert page.count('id="kind-') == 3


@pytest.mark.parametrize(
    ("precision", "shown"),
    [("day", "Since 12 February 2009"), ("year", "Since 2009"), ("by", "by 12 February 2009")],
)
def test_date_is_as_precise_as_known(client, precision, shown):
    PartnerFactory(since_precision=precision)

    assert f'<p class="partner-dates">{shown}</p>' in get(client, "partners/")


def test_partner_without_a_date_shows_none(client):
    PartnerFactory(since=None)

    page = get(client, "partners/")

    assert 'class="partner-dates"' not in page
    assert "Where no date stands, the source tells none." in page


def test_renewal_stands_beside_the_first_day(client):
    PartnerFactory(renewed_on=dt.date(2013, 11, 5))

    assert "renewed on 5 November 2013" in get(client, "partners/")


def test_partner_of_certainty_b_says_who_reports_it(client):
    PartnerFactory(certainty="B", reported_by="Grupo Globo")

    assert "As reported by <bdi>Grupo Globo</bdi>" in get(client, "partners/")


def test_loaded_partners_are_those_of_the_sources_with_their_dates(loaded):
    partners = {
        partner.slug: (when(partner.since, partner.since_precision) if partner.since else "", partner.certainty)
        for partner in Partner.objects.published()
    }

    assert partners == EXPECTED
    assert not Partner.objects.filter(source=None).exists()


def test_both_dates_of_nicolas_cage_are_told(loaded, client):
    page = get(client, "partners/")

    assert "4 December 2009" in page
    assert "made in 2010" in page
    assert "renewed on 5 November 2013" in page
