"""Files about money: statements of a bank, and rates of exchange."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.csv_files import Problem
from blueheart.days import utc_today
from blueheart.imports.importer import SHOWN, Acting, Importer, Preview, Written, register
from blueheart.imports.models import FileImport
from blueheart.languages import page_language
from blueheart.money import CURRENCIES, format_amount
from donations import bank, rate_file
from donations.bank import Hints, Own, StatementError, read_statement
from donations.forms.bank import StatementForm
from donations.forms.exchange_rates import RatesForm
from donations.models import BankAccount, BankLine, BankStatement, ExchangeRate
from donations.services.bank_statements import gap_before, import_statement, undo_statement
from donations.services.exchange_rates import against_stored, import_rates, withdraw_rates


def _statement_of(file: FileImport) -> tuple[BankAccount, Hints]:
    said = file.options
    account = BankAccount.objects.get(pk=said["account"])
    return account, Hints(said["encoding"], said["dates"], said["decimal"])


def _read_statement(file: FileImport) -> Preview:
    account, hints = _statement_of(file)
    try:
        found = read_statement(bytes(file.content), Own(account.iban, account.currency, utc_today()), hints)
    except StatementError as error:
        problems = [Problem(*each) for each in error.problems]
        return Preview(problems=problems, problem_count=len(problems))
    rows = [
        (each.booked_on, _amount(each.amount_minor, each.currency), each.counterparty or "–", each.remittance or "–")
        for each in found.movements[:SHOWN]
    ]
    facts: list[tuple[Any, Any]] = [(_("Bank account"), account)]
    for label, minor in ((_("Opening balance"), found.opening_minor), (_("Closing balance"), found.closing_minor)):
        if minor is not None:
            facts.append((label, _amount(minor, account.currency)))
    return Preview((_("Day"), _("Amount"), _("Who"), _("Text")), rows, len(found.movements), facts)


def _write_statement(file: FileImport, acting: Acting) -> Written:
    account, hints = _statement_of(file)
    statement = import_statement(
        account=account,
        file_name=file.file_name,
        content=bytes(file.content),
        by=acting.by,
        hints=hints,
        request=acting.request,
    )
    again = statement.lines.filter(status=BankLine.Status.DUPLICATE).count()
    new = statement.lines.count() - again
    said = ngettext("%(count)s new line was imported.", "%(count)s new lines were imported.", new) % {"count": new}
    if again:
        known = ngettext(
            "%(count)s line was here before: it is a duplicate and counts once.",
            "%(count)s lines were here before: they are duplicates and count once.",
            again,
        )
        said = f"{said} {known % {'count': again}}"
    return Written(said, row=statement, result={"statement": statement.pk}, warnings=_gap(statement))


def _gap(statement: BankStatement) -> list[str]:
    gap = gap_before(statement)
    if gap is None:
        return []
    text = _("This statement does not begin as the one before it ends (%(file)s): one may be missing between them.")
    return [text % {"file": gap.file_name}]


def _undo_statement(file: FileImport, acting: Acting, why: str) -> None:
    statement = BankStatement.objects.get(pk=file.result["statement"])
    undo_statement(statement, by=acting.by, why=why, request=acting.request)


def _statement_stands(file: FileImport) -> bool:
    return BankStatement.objects.filter(pk=file.result["statement"], undone_at=None).exists()


def _read_rates(file: FileImport) -> Preview:
    rates, problems = rate_file.read(bytes(file.content))
    new: list[rate_file.Rate] = []
    if not problems:
        new, problems = against_stored(rates)
    if problems:
        shown = [Problem(each.line, "", each.reason) for each in problems[:SHOWN]]
        return Preview(problems=shown, problem_count=len(problems))
    rows = [(rate.currency, _plain(rate.units_per_usd), rate.valid_from) for rate in new[:SHOWN]]
    facts = [(_("New"), len(new)), (_("Stored before"), len(rates) - len(new)), (_("Source"), file.options["source"])]
    return Preview((_("Currency"), _("Units for one US dollar"), _("Valid from")), rows, len(new), facts)


def _write_rates(file: FileImport, acting: Acting) -> Written:
    done = import_rates(
        bytes(file.content),
        source=file.options["source"],
        by=acting.by,
        file_name=file.file_name,
        request=acting.request,
    )
    said = ngettext("%(count)s rate is new.", "%(count)s rates are new.", len(done.new)) % {"count": len(done.new)}
    if done.known:
        known = ngettext("%(count)s was stored before.", "%(count)s were stored before.", done.known)
        said = f"{said} {known % {'count': done.known}}"
    return Written(said, result={"rates": done.new})


def _undo_rates(file: FileImport, acting: Acting, why: str) -> None:
    withdraw_rates(file.result["rates"], why=why, request=acting.request)


def _rates_stand(file: FileImport) -> bool:
    return ExchangeRate.objects.standing().filter(pk__in=file.result["rates"]).exists()


def _amount(minor: int, currency: str) -> str:
    if currency not in CURRENCIES:
        return f"{minor} {currency}"
    return format_amount(minor, currency, page_language())


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


register(
    Importer(
        kind="bank-statement",
        label=gettext_lazy("Statement of a bank account"),
        explained=gettext_lazy(
            "A movement that another file brought before is known again and counts once, in whatever order it comes."
        ),
        permission="donations.import_bankstatement",
        form=StatementForm,
        most_bytes=bank.MOST_BYTES,
        read=_read_statement,
        write=_write_statement,
        undo=_undo_statement,
        confirm_label=gettext_lazy("Import the movements"),
        stands=_statement_stands,
    )
)
register(
    Importer(
        kind="exchange-rates",
        label=gettext_lazy("Rates of exchange"),
        explained=gettext_lazy(
            "The file of the UN’s treasury: the currency’s code, the rate, the effective date. A rate that is stored"
            " stays as it is."
        ),
        permission="donations.import_exchangerate",
        form=RatesForm,
        most_bytes=rate_file.MOST_BYTES,
        read=_read_rates,
        write=_write_rates,
        undo=_undo_rates,
        confirm_label=gettext_lazy("Store the rates"),
        stands=_rates_stand,
    )
)
