"""Our management commands, as their own --help tells."""

import argparse
import os
from functools import cache
from unittest.mock import patch

from django.apps import apps
from django.core.management import get_commands, load_command_class

from scripts.docs.pages import ROOT

HEAD = """# Management commands

`python manage.py NAME` (`.venv/bin/python` in development), as `--help` of each tells; Django's own options are left
out. When to run which is in [Operating](../operating.md).
"""
LINE_WIDTH = "92"
# What every command of Django takes.
DJANGOS = {
    "help",
    "version",
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no_color",
    "force_color",
    "skip_checks",
}


def page() -> str:
    parts = [f"## {name}\n\n```text\n{told}\n```\n" for name, told in sorted(helps().items())]
    return "\n".join([HEAD, *parts])


@cache
def helps() -> dict[str, str]:
    """The help of each command of ours, by its name."""
    with patch.dict(os.environ, {"COLUMNS": LINE_WIDTH, "NO_COLOR": "1"}):
        return {name: _help(app, name) for name, app in get_commands().items() if _is_ours(app)}


def _is_ours(app: str) -> bool:
    if app == "django.core":
        return False
    path = apps.get_app_config(app.rpartition(".")[2]).path
    return path.startswith(f"{ROOT}/") and "site-packages" not in path


def _help(app: str, name: str) -> str:
    parser = load_command_class(app, name).create_parser("manage.py", name)
    for action in parser._actions:
        if action.dest in DJANGOS:
            action.help = argparse.SUPPRESS
    return parser.format_help().rstrip()
