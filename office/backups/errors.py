"""What keeps a backup or a restore from being done."""


class BackupError(Exception):
    """It cannot be done; the message is one line that says what to do, and repeats no secret."""


class AlreadyRunningError(BackupError):
    """Another backup of this database runs: it is let be."""
