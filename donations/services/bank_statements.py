"""Bank statements: imported once whatever comes twice, and undone as a whole.

Locks: the account, the statement, its lines by number; then what `bank_matching` locks.
"""

import hashlib
import unicodedata
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.trail.record import record
from donations.bank import Hints, Movement, Own, Statement, StatementError, read_statement
from donations.bank.reading import account_number
from donations.models import BankAccount, BankLine, BankStatement
from donations.services.bank_matching import BankError, release

__all__ = ["BankError", "StatementError", "gap_before", "import_statement", "keep_as_own", "undo_statement"]

Status = BankLine.Status
AT_A_TIME = 1000
COUNT_NO_MORE = (Status.DUPLICATE, Status.UNDONE)


def import_statement(
    *,
    account: BankAccount,
    file_name: str,
    content: bytes,
    by: User,
    hints: Hints | None = None,
    request: HttpRequest | None = None,
) -> BankStatement:
    """Write down every movement in the file; those that another file brought already are its duplicates.

    What comes twice at one instant is counted once, too. Raises `StatementError` with all that is wrong in the file:
    then nothing is written.
    """
    today = utc_today()
    found = read_statement(content, Own(account.iban, account.currency, today), hints)
    with transaction.atomic():
        account = _lock_account(account.pk)
        statement = BankStatement.objects.create(
            account=account,
            file_name=file_name[:160],
            digest=hashlib.sha256(content).hexdigest(),
            format=found.format,
            number=found.number,
            from_on=found.from_on,
            until_on=found.until_on,
            opening_minor=found.opening_minor,
            closing_minor=found.closing_minor,
            imported_by=by,
        )
        new, known = _add_lines(statement, found)
        detail = {"account": account.pk, "new": new, "duplicates": known, "digest": statement.digest}
        record("bank-statement.imported", target=statement, actor=by, request=request, detail=detail)
    return statement


@transaction.atomic
def undo_statement(
    statement: BankStatement, *, by: User, why: str, request: HttpRequest | None = None
) -> BankStatement:
    """Take a whole import back: what its matches booked is reversed, and its lines count no more.

    A movement that another file brought, too, goes on there, unmatched. The same file can be imported again. Safe to
    call twice. Raises `BankError`.
    """
    _lock_account(statement.account_id)
    statement = BankStatement.objects.select_for_update(of=["self"]).get(pk=statement.pk)
    if statement.undone_at:
        return statement
    if not why.strip():
        raise BankError(_("Please say why."))
    lines = list(statement.lines.select_for_update(of=["self"]).order_by("pk"))
    for line in reversed([line for line in lines if line.status == Status.MATCHED]):
        release(line, by=by, why=why.strip(), request=request)
    elsewhere = BankLine.objects.filter(duplicate_of__statement=statement, status=Status.DUPLICATE)
    orphans = list(elsewhere.exclude(statement=statement).select_for_update(of=["self"]).order_by("pk"))
    statement.lines.update(status=Status.UNDONE)
    _let_go_on(orphans)
    statement.undone_at, statement.undone_by, statement.why = timezone.now(), by, why.strip()
    statement.save(update_fields=["undone_at", "undone_by", "why"])
    record("bank-statement.undone", target=statement, actor=by, why=statement.why, request=request)
    return statement


@transaction.atomic
def keep_as_own(line: BankLine, *, by: User, request: HttpRequest | None = None) -> BankLine:
    """Say that a duplicate is a movement of its own, such as the second of two equal gifts on one day.

    Raises `BankError`.
    """
    line = BankLine.objects.select_for_update(of=["self"]).get(pk=line.pk)
    if line.status != Status.DUPLICATE:
        raise BankError(_("This line is not a duplicate."))
    # Other files that bring it again are duplicates of the first one still.
    line.fingerprint = _digest([line.fingerprint, f"{line.pk}"])
    line.status, line.duplicate_of = Status.UNMATCHED, None
    line.save(update_fields=["fingerprint", "status", "duplicate_of"])
    record("bank-line.kept", target=line, actor=by, request=request)
    return line


def fingerprint_of(account: BankAccount, movement: Movement) -> str:
    """By what a movement is known again in another file: never by its row, nor by texts that banks shorten."""
    return _digest(
        [
            account_number(account.iban),
            _plain(movement.bank_reference),
            movement.booked_on.isoformat(),
            f"{movement.amount_minor}",
            movement.currency,
            _plain(movement.counterparty),
        ]
    )


def gap_before(statement: BankStatement) -> BankStatement | None:
    """The last statement before this one, where it does not end as this one begins; one may be missing between."""
    if statement.opening_minor is None or statement.from_on is None:
        return None
    others = statement.account.statements.filter(undone_at=None, closing_minor__isnull=False).exclude(pk=statement.pk)
    if others.filter(closing_minor=statement.opening_minor, until_on__lte=statement.from_on).exists():
        return None
    if others.filter(from_on__lte=statement.from_on, until_on__gte=statement.from_on).exists():
        return None  # they overlap: no balance tells
    return others.filter(until_on__lt=statement.from_on).order_by("-until_on", "-pk").first()


def _add_lines(statement: BankStatement, found: Statement) -> tuple[int, int]:
    """Write the lines; returns how many are new and how many are duplicates."""
    marks = [fingerprint_of(statement.account, movement) for movement in found.movements]
    standing = BankLine.objects.exclude(status__in=COUNT_NO_MORE).filter(fingerprint__in=set(marks))
    known = dict(standing.values_list("fingerprint", "pk"))
    new: list[BankLine] = []
    again: list[BankLine] = []
    met = set(known)
    for position, (mark, movement) in enumerate(zip(marks, found.movements, strict=True), 1):
        (again if mark in met else new).append(_line(statement, position, movement, mark))
        met.add(mark)
    made = BankLine.objects.bulk_create(new, batch_size=AT_A_TIME)
    known |= {line.fingerprint: line.pk for line in made}
    for line in again:
        line.status, line.duplicate_of_id = Status.DUPLICATE, known[line.fingerprint]
    BankLine.objects.bulk_create(again, batch_size=AT_A_TIME)
    return len(new), len(again)


def _line(statement: BankStatement, position: int, movement: Movement, fingerprint: str) -> BankLine:
    return BankLine(
        statement=statement,
        position=position,
        booked_on=movement.booked_on,
        valued_on=movement.valued_on,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        bank_reference=movement.bank_reference,
        end_to_end_id=movement.end_to_end_id,
        counterparty=movement.counterparty,
        counterparty_iban=movement.counterparty_iban,
        remittance=movement.remittance,
        fingerprint=fingerprint,
    )


def _let_go_on(orphans: Iterable[BankLine]) -> None:
    """Duplicates of lines that count no more: the first of each becomes the movement, the others are its duplicates."""
    firsts: dict[str, BankLine] = {}
    for line in orphans:
        first = firsts.setdefault(line.fingerprint, line)
        if line is first:
            line.status, line.duplicate_of = Status.UNMATCHED, None
        else:
            line.duplicate_of = first
        line.save(update_fields=["status", "duplicate_of"])


def _lock_account(pk: int) -> BankAccount:
    return BankAccount.objects.select_for_update(of=["self"], no_key=True).get(pk=pk)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _digest(parts: Iterable[str]) -> str:
    # No text holds this character: two texts in another division never come to the same.
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
