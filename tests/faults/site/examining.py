"""Whether I1 to I14 hold and nothing is left undone: `python -m tests.faults.site.examining` prints what does not."""

import io
import json
import sys

import django
from django.core.management import CommandError, call_command

# I1 to I12 by the books; the public totals, the tallies, the trail (I11, I14), and all of it held beside Stripe (I13).
COMMANDS = (
    ("check_books", "--stripe"),
    ("recount_books",),
    ("recount_pledges",),
    ("check_audit",),
)


def findings() -> list[str]:
    return [said for command in COMMANDS if (said := _broken(*command))]


def _broken(*command: str) -> str:
    said = io.StringIO()
    try:
        call_command(*command, stdout=said, stderr=said, no_color=True)
    except CommandError as error:
        lines = [line for line in said.getvalue().splitlines() if not line.startswith("true ")]
        return f"{' '.join(command)}: {error}\n" + "\n".join(lines[:30])
    return ""


if __name__ == "__main__":
    django.setup()
    json.dump(findings(), sys.stdout)
