"""Keeps the PostgreSQL of a fault run: `python -m tests.faults.site.keeper`, with EMBEDDED_PG_DIR.

Says where its socket is. Each line that it reads makes it start a server that was killed; its end is the server's.
"""

import sys

import django


def main() -> None:
    django.setup()
    from blueheart.postgresql import embedded  # noqa: PLC0415  -- only after setup

    say(embedded.ensure()["HOST"])
    for _line in sys.stdin:
        say(embedded.ensure()["HOST"])


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
