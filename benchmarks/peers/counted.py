"""The portal, counting what it is asked: a byte per request at the end of the file that COUNT_FILE names."""

import os
from collections.abc import Iterable
from typing import Any

from blueheart.wsgi import application as portal

COUNT = os.open(os.environ["COUNT_FILE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as the portal does; with its own cache off each request is one rendering."""
    os.write(COUNT, b".")
    return portal(environ, start_response)
