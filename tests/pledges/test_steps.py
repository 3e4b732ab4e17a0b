"""Three steps without a script, one page with it; nothing of what was typed is lost on the way or kept elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from blueheart.post.models import Message
from pledges import limits
from pledges.limits import Verdict
from pledges.models import ConfirmationCode, Pledge
from tests.pledges.conftest import stamp_from, typed
from tests.pledges.factories import WordingFactory

pytestmark = pytest.mark.django_db
PLEDGE = "/en/pledge/"


class Sheet(HTMLParser):
    """A form as a browser would send it, and the steps that one sees of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.seen: list[str] = []
        self.focused: list[str] = []
        self._select = self._area = ""
        self.feed(html.partition('id="pledge-form"')[2].partition("</form>")[0])

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        name, is_box = has.get("name", ""), has.get("type") in ("checkbox", "radio")
        value = has.get("value", "on" if is_box else "")
        if "autofocus" in has:
            self.focused.append(has.get("id", tag))
        if "data-step" in has and "hidden" not in has:
            self.seen.append(has["data-step"])
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        elif tag == "option" and self._select and "selected" in has:
            self.fields[self._select] = [value]
        elif tag == "input" and name and (not is_box or "checked" in has):
            self.fields.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area:
            self.fields[self._area] = [data.strip()]


@pytest.fixture
def visitor(client, wording):
    """A browser without a script: it sends what the page holds and what is typed, by the named button."""

    class Visitor:
        at = PLEDGE

        def open(self, at=PLEDGE):
            self.at = at
            return self._read(client.get(at))

        def press(self, go, at=None, **changes):
            fields = self.sheet.fields | {"shown": stamp_from(60)} | changes | ({"go": go} if go else {})
            self.at = at or self.at
            return self._read(
                client.post(self.at, {name: value for name, value in fields.items() if value is not None})
            )

        def _read(self, answer):
            self.answer, self.html = answer, answer.content.decode()
            self.sheet = Sheet(self.html) if answer.status_code in (200, 429) else None
            return self

        @property
        def sees(self):
            return self.sheet.seen

        def holds(self, **fields):
            return {name: self.sheet.fields.get(name, [""])[0] for name in fields} == fields

    return Visitor()


def what(wording) -> dict:
    return {"precepts": [str(wording.pk)], "way": "pin"}


WHO = {"country": "PT", "public_name": "Sam", "words": "For <her>", "is_16_or_older": "1", "email": "sam@example.org"}


def test_sam_goes_through_three_steps_and_the_pledge_is_made(visitor, wording, client):
    assert visitor.open().sees == ["what"]
    token = visitor.sheet.fields["form_token"][0]
    assert visitor.press("who", **what(wording)).sees == ["who"]
    assert visitor.sheet.focused == ["who"]
    assert visitor.press("check", **WHO).sees == ["check"]
    assert visitor.sheet.focused == ["check"]
    assert "For &lt;her&gt;</bdi>" in visitor.html
    assert not Pledge.objects.exists()

    answer = visitor.press("send").answer

    assert (answer.status_code, answer.url) == (302, f"/en/pledge/check-your-mail/?form={token}")
    pledge = Pledge.objects.get()
    assert (pledge.public_name, pledge.words, pledge.country, pledge.way) == ("Sam", "For <her>", "PT", "pin")
    assert list(pledge.precepts.all()) == [wording]
    assert ConfirmationCode.objects.get().pledge == pledge
    assert "sessionid" not in client.cookies
    assert set(client.cookies) <= {"csrftoken"}


def test_enter_goes_on_as_the_button_does(visitor, wording):
    visitor.open()
    assert visitor.press("", **what(wording)).sees == ["who"]
    assert visitor.press("", **WHO).sees == ["check"]
    assert visitor.press("").answer.status_code == 302


@pytest.mark.parametrize("back", ["who", "what"])
def test_going_back_loses_nothing_and_finds_no_fault(visitor, wording, back):
    visitor.open()
    visitor.press("who", **what(wording))
    visitor.press("check", **WHO)

    visitor.press(back, email="sam at home")

    assert visitor.sees == [back]
    assert "error-summary" not in visitor.html
    assert visitor.holds(**WHO | {"email": "sam at home", "way": "pin", "precepts": str(wording.pk)})


def test_step_names_only_its_own_faults(visitor, wording):
    visitor.open()
    assert visitor.press("who").sees == ["what"]
    assert sorted(visitor.answer.context["form"].errors) == ["precepts", "way"]
    visitor.press("who", **what(wording))
    assert visitor.press("check", public_name="www.example.org", email="sam").sees == ["who"]
    assert sorted(visitor.answer.context["form"].errors) == ["country", "email", "public_name"]
    assert visitor.holds(public_name="www.example.org", email="sam", way="pin")
    assert visitor.sheet.focused == []  # the summary above the form has it
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in visitor.html


@pytest.mark.parametrize("tampered", [{"way": "tattoo"}, {"precepts": ["999999"]}, {"precepts": []}])
def test_hidden_fields_are_looked_at_again_at_each_step(visitor, wording, tampered):
    visitor.open()
    visitor.press("who", **what(wording))
    assert visitor.press("check", **WHO | tampered).sees == ["what"]

    visitor.press("who", **what(wording))
    visitor.press("check", **WHO)
    assert visitor.press("send", **tampered).sees == ["what"]
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("step", ["what", "who", "check", "all"])
def test_another_language_shows_the_same_step_with_all_that_was_typed(visitor, wording, step):
    visitor.open()
    fields = what(wording) | WHO | {"step": step}
    token = visitor.sheet.fields["form_token"][0]

    visitor.press("", at="/ar/pledge/", switch_language="en", **fields)

    assert visitor.sees == (["what", "who", "check"] if step == "all" else [step])
    assert visitor.holds(**WHO, way="pin", step=step, form_token=token)
    assert 'lang="ar"' in visitor.html


def test_one_page_with_the_script_shows_all_steps_whatever_is_wrong(visitor, wording):
    visitor.open()
    visitor.press("send", step="all", email="sam")

    assert visitor.sees == ["what", "who", "check"]
    assert visitor.holds(step="all", email="sam")
    assert sorted(visitor.answer.context["form"].errors) == ["country", "email", "precepts", "way"]
    assert visitor.press("send", **what(wording), **WHO).answer.status_code == 302


@pytest.mark.parametrize("step", ["check", "all"])
def test_mistyped_domain_is_asked_about_once(visitor, wording, step):
    visitor.open()
    fields = what(wording) | WHO | {"email": "sam@gmial.com", "step": step}

    visitor.press("send", **fields)

    assert "Did you mean <bdi>sam@gmail.com</bdi>?" in visitor.html
    assert not Pledge.objects.exists()
    assert visitor.press("send").answer.status_code == 302
    assert Pledge.objects.get().email == "sam@gmial.com"


def test_offer_is_taken_by_its_button(visitor, wording):
    visitor.open()
    visitor.press("who", **what(wording))
    visitor.press("check", **WHO | {"email": "sam@gmial.com"})
    assert "Did you mean" in visitor.html

    visitor.press("corrected")

    assert visitor.sees == ["check"]
    assert visitor.holds(email="sam@gmail.com")
    assert "Did you mean" not in visitor.html
    visitor.press("send")
    assert Pledge.objects.get().email == "sam@gmail.com"


def test_button_of_the_offer_cannot_put_in_another_address(visitor, wording):
    visitor.open()
    visitor.press("corrected", **what(wording), **WHO)

    assert visitor.holds(email="sam@example.org")


@pytest.mark.parametrize("forged", ["x", "a" * 500, "<script>", "\x00" * 43])
def test_token_that_is_not_ours_is_replaced_and_binds_nothing(client, wording, forged):
    answer = client.post(PLEDGE, typed(wording, form_token=forged, email="sam"))
    (token,) = re.findall(r'name="form_token" value="([^"]*)"', answer.content.decode())
    assert re.fullmatch(r"[\w-]{43}", token)

    answer = client.post(PLEDGE, typed(wording, form_token=forged))
    assert "form=" not in getattr(answer, "url", "")
    assert not ConfirmationCode.objects.exists()


def test_every_form_has_a_token_of_its_own_and_keeps_it(visitor, wording):
    first = visitor.open().sheet.fields["form_token"]
    second = visitor.open().sheet.fields["form_token"]

    assert first != second
    assert visitor.press("who", **what(wording)).sheet.fields["form_token"] == second


def test_page_after_the_form_takes_the_code_and_is_kept_by_no_cache(client):
    with_code = client.get("/en/pledge/check-your-mail/", {"form": "a" * 43})

    assert with_code["Cache-Control"] == "private, no-store"
    assert f'name="form_token" value="{"a" * 43}"' in with_code.content.decode()
    assert 'name="form_token"' not in client.get("/en/pledge/check-your-mail/?form=x").content.decode()


def test_refused_form_keeps_everything(visitor, wording, monkeypatch):
    monkeypatch.setattr(limits, "judge", lambda request, **about: Verdict(is_refused=True))
    visitor.open()
    visitor.press("who", **what(wording))
    visitor.press("check", **WHO)

    visitor.press("send")

    assert (visitor.answer.status_code, visitor.sees) == (429, ["check"])
    assert visitor.holds(**WHO, way="pin", precepts=str(wording.pk))
    assert not Message.objects.exists()


def test_form_costs_the_same_queries_for_one_precept_and_for_many(client, wording, django_assert_max_num_queries):
    WordingFactory.create_batch(20)
    for at in (PLEDGE, f"{PLEDGE}?as=organisation"):
        with django_assert_max_num_queries(8):
            client.get(at)
