"""Our scripts and templates, read: nothing in them runs text, keeps what is somebody's, or speaks to other windows."""

import re

import pytest

from tests.portal import ROOT

SCRIPTS = {path.name: path.read_text() for path in sorted((ROOT / "static" / "js").glob("*.js"))}
TEMPLATES = {
    str(path.relative_to(ROOT)): path.read_text()
    for folder in ("templates", "office", "donations", "pledges", "campaigns", "blueheart")
    for path in sorted((ROOT / folder).rglob("*.html"))
}
MARKUP = r"\.(inner|outer)HTML\s*\+?=|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe"
RUNS_TEXT = r"\beval\s*\(|\bFunction\s*\(|set(Timeout|Interval)\s*\(\s*['\"`]|javascript:|import\s*\("
OTHER_WINDOWS = r"postMessage|\.opener|BroadcastChannel|onmessage|['\"]message['\"]"
STORES = r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker"
GIVEN_KEYS = r"__proto__|\.constructor\b|Object\.assign\(\{|JSON\.parse|[\w\])]\[[a-z]\w*\]\s*=[^=>]"
PLUGINS = r"<(object|embed|applet|frame|frameset|iframe)\b"
# The server renders the Markdown of staff as readers see it, and cleans it: V1.3.1.
SHOWS_CLEANED = {"office-markdown.js"}
# Whether a moderator has switched off the keys: "yes" or nothing.
KEEPS_A_SWITCH = {"office-queue.js"}


def found(pattern: str, texts: dict[str, str]) -> dict[str, list[str]]:
    """By file, the lines in which the pattern stands; comments of scripts are no code."""
    hits = {}
    for name, text in texts.items():
        lines = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("//")]
        if broken := [line for line in lines if re.search(pattern, line)]:
            hits[name] = broken
    return hits


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MARKUP, "box.innerHTML = name;"),
        (MARKUP, "box.insertAdjacentHTML('beforeend', name);"),
        (RUNS_TEXT, "eval(answer);"),
        (RUNS_TEXT, "setTimeout('act()', 1);"),
        (OTHER_WINDOWS, "window.addEventListener('message', act);"),
        (STORES, "sessionStorage.setItem('mail', mail);"),
        (GIVEN_KEYS, "known[key] = value;"),
        (PLUGINS, "<object data='a.swf'>"),
    ],
)
def test_each_pattern_sees_its_canary(pattern, line):
    assert found(pattern, {"canary": line})


def test_there_are_scripts_and_templates():
    assert len(SCRIPTS) > 10
    assert len(TEMPLATES) > 100


def test_scripts_write_text_as_text():
    assert found(MARKUP, SCRIPTS).keys() == SHOWS_CLEANED


def test_scripts_run_no_text_as_code():
    assert found(RUNS_TEXT, SCRIPTS) == {}


def test_scripts_speak_to_no_other_window():
    assert found(OTHER_WINDOWS, SCRIPTS) == {}


def test_browsers_store_one_switch_and_nothing_else():
    stores = found(STORES, SCRIPTS)
    assert stores.keys() == KEEPS_A_SWITCH
    assert all("SWITCHED_OFF" in line for lines in stores.values() for line in lines)


def test_scripts_write_to_no_key_that_they_were_given():
    assert found(GIVEN_KEYS, SCRIPTS) == {}


def test_pages_hold_no_plugins():
    assert found(PLUGINS, TEMPLATES).keys() <= {"templates/pledges/embeds.html"}
