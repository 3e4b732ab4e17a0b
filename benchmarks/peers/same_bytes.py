"""The limit of P1: a WSGI callable that knows nothing but to send a file of `ANSWERS_FOLDER` with made headers.

    granian --interface wsgi benchmarks.peers.same_bytes:application

`<name>` is the body and `<name>.headers` what goes before it, one header in a line.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ANSWERS = {
    f"/{file.stem}": (
        [tuple(line.split(": ", 1)) for line in file.read_text().splitlines()],
        [file.with_suffix("").read_bytes()],
    )
    for file in Path(os.environ["ANSWERS_FOLDER"]).glob("*.headers")
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The answer of this name; nothing of any other."""
    headers, body = ANSWERS.get(environ["PATH_INFO"], ([], [b""]))
    start_response("200 OK", headers[:])
    return body
