"""`make audit`: known weaknesses in our code and in what we install; and `make sbom`: the list of what we install.

Runs in an environment of its own (`.venv-audit`), with the standard library and the scanners only.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.txt"))
SOURCES = ("blueheart", "campaigns", "donations", "office", "pledges", "scripts", "stripe_sandbox", "manage.py")
TEMPLATES = ("templates",)
