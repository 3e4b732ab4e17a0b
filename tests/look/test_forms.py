"""How every form of the site shows what is wrong with it."""

import re

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe

SAFE, LAZY = mark_safe("<b>"), lazystr(mark_safe("&amp;"))


class LetterForm(forms.Form):
    name = forms.CharField(label="Name", required=False)
    email = forms.EmailField(label="E-mail address", help_text="Never shown.")
    way = forms.ChoiceField(label="Way", choices=[("pin", "A pin"), ("scarf", "A scarf")], widget=forms.RadioSelect)
    is_adult = forms.BooleanField(label="I am 16 or older")


@pytest.fixture
def refused():
    form = LetterForm({"name": "Sam", "email": "not an address"})
    form.add_error(None, "Please look over it once more.")
    return form


def ids_of(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', html)


def test_summary_takes_focus_and_leads_to_every_field_that_is_wrong(refused):
    summary = render_to_string("includes/error_summary.html", {"form": refused})

    assert 'role="alert" tabindex="-1" autofocus' in summary
    assert "Please look over it once more." in summary
    assert re.findall(r'href="#([^"]+)"', summary) == ["id_email", "id_way_0", "id_is_adult"]
    assert set(re.findall(r'href="#([^"]+)"', summary)) <= set(ids_of(render_crispy_form(refused)))


def test_summary_says_nothing_where_nothing_is_wrong():
    assert render_to_string("includes/error_summary.html", {"form": LetterForm()}).strip() == ""


def test_fields_point_to_their_help_and_their_error(refused):
    html = render_crispy_form(refused)

    email = re.search(r'<input type="email"[^>]*>', html)[0]
    assert 'aria-invalid="true"' in email
    assert 'aria-describedby="id_email_helptext id_email_error"' in email
    way = re.search(r"<fieldset[^>]*>", html)[0]
    assert 'aria-describedby="id_way_error"' in way
    assert {"id_email_helptext", "id_email_error", "id_way_error", "id_is_adult_error"} <= set(ids_of(html))
    assert len(ids_of(html)) == len(set(ids_of(html)))
    assert 'value="Sam"' in html


def test_errors_are_said_in_words_before_the_control(refused):
    html = render_crispy_form(refused)

    assert html.index('id="id_email_error"') < html.index('<input type="email"')
    assert '<span class="visually-hidden">Error:</span>' in html


def test_optional_fields_say_so_and_required_ones_carry_no_star():
    html = render_crispy_form(LetterForm())

    assert html.count("(optional)") == 1
    assert "*" not in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("template", "heading"), [("400.html", "understand"), ("500.html", "went wrong"), ("503.html", "just now")]
)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_without_a_request_stand_alone(template, heading, language):
    with translation.override(language):
        html = render_to_string(template)

    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html
    assert f'href="/{language}/help/"' in html
    assert "data-quick-exit" in html
    assert language != "en" or heading in html


@pytest.mark.parametrize("attrs", [{}, {"id": "a", "required": True, "disabled": False, "data-x": 'a "b'}])
@pytest.mark.parametrize("value", [None, "", "x", 1, "a<b", ["x", 1]])
@pytest.mark.parametrize("kind", [forms.Select, forms.SelectMultiple])
def test_options_in_one_go_are_those_of_django(kind, value, attrs):
    groups = [("", "Any"), ("a<b", 'A & "B"'), (1, "One"), ("Others", [("x", "X"), (True, SAFE)]), (None, LAZY)]
    select = kind(attrs=attrs, choices=groups)

    ours = select.render("way", value, renderer=TemplatesSetting())

    assert ours.split() == select.render("way", value, renderer=DjangoTemplates()).split()
