"""`python -m scripts.docs gather FOLDER` writes the pages that Sphinx builds, `check FOLDER` looks at what it built."""

import os
import sys
from pathlib import Path

import django

from scripts.docs import built

USAGE = "usage: python -m scripts.docs gather|check FOLDER\n"


def main(act: str, folder: Path) -> int:
    """The exit code: 1 where the built site has findings."""
    if act == "check":
        return _check(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    django.setup()
    from scripts.docs import pages, reference  # noqa: PLC0415  the reference reads what Django has set up

    written = pages.gather(folder, generated=reference.PAGES)
    reference.write(folder)
    sys.stdout.write(f"{written} written pages, {len(reference.PAGES)} made from the code\n")
    return 0


def _check(folder: Path) -> int:
    found = list(built.findings(folder.resolve()))
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.stdout.write(f"{len(list(folder.rglob('*.html')))} pages looked at, {len(found)} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in {"gather", "check"}:
        sys.stderr.write(USAGE)
        raise SystemExit(2)
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2])))
