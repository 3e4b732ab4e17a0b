"""What the log may not hold."""

import logging
import re

SECRET = re.compile(r"[\w-]{32,}", re.ASCII)


class WithoutSecrets(logging.Filter):
    """Blots out, in the addresses that Django logs of refused requests, what opens a page without a password.

    A mailed link stays good when a form was sent without its cookie; whoever reads the log must not be able to use it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(SECRET.sub("…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
