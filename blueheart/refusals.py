"""What an act answers that cannot be done: a reason for the person who asked, in their language."""


class RefusedError(ValueError):
    """The act was not done, and nothing was changed; the message says why, for whoever asked."""
