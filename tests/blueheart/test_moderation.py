"""Words that staff refuse bind every public name: those of supporters and those of donors."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from blueheart.moderation.models import NameWord
from blueheart.moderation.refused import public_name
from blueheart.names import NameRefusedError
from donations.forms.names import ruled_name
from donations.models import Donation
from tests.donations.factories import donation
from tests.donations.giving_desk import visit
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db


def test_refused_word_is_kept_in_its_plain_form_and_once():
    desk = desk_of(StaffFactory())
    url = reverse("admin:moderation_nameword_add")
    desk.post(url, {"word": "ＢＬＡＨ", "language": ""})
    desk.post(url, {"word": "blah", "language": ""})

    assert list(NameWord.objects.values_list("word", flat=True)) == ["blah"]


def test_a_word_binds_in_its_language_and_one_without_binds_in_all():
    NameWord.objects.create(word="blah", language="fr")
    NameWord.objects.create(word="everywhere")

    assert public_name("Blah") == "Blah"
    with translation.override("fr"), pytest.raises(NameRefusedError):
        public_name("Blah")
    with pytest.raises(NameRefusedError):
        public_name("Every Where Everywhere")


def test_a_donor_may_not_show_a_name_with_a_refused_word(client):
    NameWord.objects.create(word="blah")
    gift = donation("succeeded")
    visit(client, gift.donor)
    said = {"public_name_kind": "alias", "public_name": "Mr Blah", "is_16_or_older": "on"}

    page = client.post(f"/en/giving/gifts/{gift.public_id}/shown/", said).content.decode()

    assert "We cannot show this name" in page
    assert Donation.objects.get().public_name == ""


def test_nobody_is_honoured_by_a_refused_word_in_a_mail_of_ours():
    NameWord.objects.create(word="blah")

    with pytest.raises(ValidationError, match="We cannot show this name"):
        ruled_name("Mr Blah")
    assert ruled_name("Mr Right") == "Mr Right"
