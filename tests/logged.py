"""What production's log has to say of a story, line by line."""

import io
import json
import logging
from contextlib import contextmanager

from blueheart.log import JsonFormatter


class Log:
    """The lines so far, as text and as what programs read."""

    def __init__(self, stream):
        self._stream = stream

    @property
    def text(self):
        return self._stream.getvalue()

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger):
        return [line for line in self.lines if line["logger"] == logger]


@contextmanager
def logged():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    try:
        yield Log(stream)
    finally:
        logging.getLogger().removeHandler(handler)
