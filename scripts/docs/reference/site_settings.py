"""What staff may change while the site runs."""

from itertools import groupby
from operator import attrgetter

from django.utils import translation

from blueheart.site_settings.declaring import Amount, Group, Number, Setting, Switch, declared
from scripts.docs.reference.markdown import code, table

HEAD = """# Site settings

What staff change in the office while the site runs, under *Settings*; each app declares its own in `site_settings.py`.
A stored value that no longer fits its limits counts as not stored. Settings of the environment are in
[Settings](settings.md); what the office shows of these is in [the handbook](../office.md#settings-and-switches).
"""


def page() -> str:
    with translation.override("en"):
        groups = groupby(declared(), key=attrgetter("group"))
        parts = [f"## {Group(group).label}\n\n{_table(list(settings))}" for group, settings in groups]
    return "\n".join([HEAD, *parts])


def _table(settings: list[Setting]) -> str:
    rows = [
        (code(setting.key), setting.label, _kind(setting), _standard(setting), _words(setting)) for setting in settings
    ]
    return table(("Key", "Label", "What it may be", "Unless changed", "Help"), rows)


def _kind(setting: Setting) -> str:
    if isinstance(setting, Number):
        return f"{setting.least:,} to {setting.most:,}"
    if isinstance(setting, Switch):
        return "off, on, or on until a moment"
    return "an amount in one currency, or none" if isinstance(setting, Amount) else type(setting).__name__


def _standard(setting: Setting) -> str:
    if isinstance(setting, Number):
        return f"{setting.standard:,}"
    return "off" if isinstance(setting, Switch) else "none"


def _words(setting: Setting) -> str:
    notice = f"Visitors read: “{setting.notice}”" if isinstance(setting, Switch) and setting.notice else ""
    return " ".join(str(words) for words in (setting.help, notice) if words)
