"""Which errors say that the database is away for now, and not that it was asked something wrong."""

from collections.abc import Iterator

from django.db import InterfaceError, InternalError, OperationalError

READ_ONLY = "25006"  # read_only_sql_transaction: a standby that was not promoted, a server that is set so


def is_away(error: BaseException | None) -> bool:
    """Whether this error, or one that led to it, is the database's: dead, frozen, locked, full, read-only, too busy."""
    return any(_says_so(each) for each in _chain(error))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "pgcode", None) == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__
