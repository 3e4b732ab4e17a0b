"""One process of many that confirm pledges: `python -m tests.faults.confirming DATABASE FIRST STEP COUNT`.

It presses the button behind every link of its share twice, and closes windows in between as a worker does.
"""

import os
import sys

import django

SHARE_OF_WINDOWS = 25


def token_of(number: int) -> str:
    """The secret of the link to pledge `number`, which the test wrote down."""
    return f"seeded-{number}"


def main(database: str, first: int, step: int, count: int) -> None:
    django.setup()
    from django.db import connection  # noqa: PLC0415  -- only after setup

    from pledges import jobs  # noqa: PLC0415
    from pledges.services import confirming  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    for number in range(first, count, step):
        seen = confirming.seal(confirming.pledge_behind(token_of(number)))
        for _press in range(2):
            confirming.confirm_pledge(token=token_of(number), seen=seen)
        if number // step % SHARE_OF_WINDOWS == 0:
            jobs.close_windows()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    main(sys.argv[1], *map(int, sys.argv[2:]))
