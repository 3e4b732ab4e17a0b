"""Which column of a bank's CSV is which: by the names that banks give them, in the languages of the site and others."""

import re
import unicodedata
from collections.abc import Sequence

# What each column may be called, without accents, case and signs.
NAMES: dict[str, tuple[str, ...]] = {
    "booked_on": (
        "date", "booking date", "booked on", "book date", "transaction date", "posting date", "posted on",
        "entry date", "accounting date", "completed date", "buchungstag", "buchungsdatum", "datum", "buchung",
        "date operation", "date de l operation", "date d operation", "date de comptabilisation", "date comptable",
        "fecha", "fecha operacion", "fecha de operacion", "fecha contable", "data", "data contabile",
        "data do movimento", "data movimento", "data mov", "data operacao", "data de lancamento", "data operazione",
        "дата", "дата операции", "дата проводки", "日期", "交易日期", "记账日期", "التاريخ", "تاريخ العملية",
        "تاريخ القيد", "boekdatum", "bogforingsdato", "bokforingsdag", "data ksiegowania",
    ),
    "valued_on": (
        "value date", "valued on", "valuta", "valutadatum", "wertstellung", "wertstellungsdatum", "date valeur",
        "date de valeur", "fecha valor", "fecha de valor", "data valor", "data valuta", "дата валютирования",
        "起息日", "تاريخ الاستحقاق", "تاريخ القيمة", "rentedatum",
    ),
    "amount": (
        "amount", "transaction amount", "betrag", "umsatz", "montant", "importe", "monto", "valor", "montante",
        "importo", "сумма", "金额", "交易金额", "المبلغ", "bedrag", "belopp", "kwota",
    ),
    "debit": (
        "debit", "debit amount", "withdrawal", "withdrawals", "paid out", "money out", "soll", "belastung",
        "lastschrift", "cargo", "cargos", "debe", "debito", "uscite", "addebiti", "дебет", "списание", "支出",
        "借方", "借方金额", "مدين", "af", "depense",
    ),
    "credit": (
        "credit", "credit amount", "deposit", "deposits", "paid in", "money in", "haben", "gutschrift", "abono",
        "abonos", "haber", "credito", "entrate", "accrediti", "кредит", "зачисление", "收入", "贷方", "贷方金额",
        "دائن", "bij", "recette",
    ),
    "direction": (
        "credit debit indicator", "debit credit", "credit debit", "debit credit indicator", "dc", "cd", "d c", "c d",
        "soll haben", "s h", "sh", "sens", "af bij",
    ),
    "currency": (
        "currency", "ccy", "currency code", "wahrung", "waehrung", "devise", "moneda", "divisa", "moeda",
        "valuta iso", "валюта", "币种", "货币", "العملة", "munt",
    ),
    "bank_reference": (
        "reference", "bank reference", "account servicer reference", "acctsvcrref", "transaction id",
        "transaction reference", "reference number", "bank ref", "ref", "id", "referenz", "bankreferenz",
        "transaktionsnummer", "reference banque", "reference de l operation", "reference operation",
        "numero d operation", "referencia", "numero de operacion", "referencia bancaria", "numero de referencia",
        "riferimento", "номер документа", "номер операции", "референс", "交易流水号", "流水号", "参考号", "المرجع",
        "رقم المرجع", "referentie",
    ),
    "end_to_end_id": (
        "end to end id", "end to end reference", "endtoendid", "kundenreferenz end to end", "kundenreferenz", "e2e",
        "end to end",
    ),
    "counterparty": (
        "counterparty", "counterparty name", "name", "payer", "payee", "payer payee", "payee payer", "other party",
        "beneficiary", "beneficiary or payer", "partner name", "merchant", "beguenstigter zahlungspflichtiger",
        "begunstigter zahlungspflichtiger", "auftraggeber empfanger", "auftraggeber", "empfanger",
        "zahlungspflichtiger", "name zahlungsbeteiligter", "contrepartie", "tiers", "nom", "donneur d ordre",
        "beneficiaire", "contraparte", "ordenante", "beneficiario", "nombre", "nome", "ordinante", "controparte",
        "контрагент", "плательщик", "получатель", "наименование", "对方户名", "对方名称", "交易对手", "الطرف الآخر",
        "الاسم", "naam tegenpartij", "naam",
    ),
    "counterparty_iban": (
        "counterparty iban", "counterparty account", "account number", "iban", "partner iban", "payer account",
        "kontonummer iban", "iban zahlungsbeteiligter", "compte contrepartie", "iban contrepartie",
        "cuenta contraparte", "iban contraparte", "conta contraparte", "счет контрагента", "счет", "对方账号",
        "对方账户", "رقم الحساب", "tegenrekening", "iban bban tegenpartij",
    ),
    "own_account": (
        "own account", "our account", "auftragskonto", "iban auftragskonto", "our iban", "own iban", "account",
        "account iban", "compte", "cuenta", "conta", "conto", "本方账号", "الحساب", "rekening",
    ),
    "remittance": (
        "text", "description", "details", "remittance", "remittance information", "payment reference", "purpose",
        "narrative", "memo", "message", "transaction description", "verwendungszweck", "buchungstext", "libelle",
        "motif", "libelle de l operation", "communication", "concepto", "descripcion", "descricao", "observaciones",
        "causale", "descrizione", "historico", "назначение платежа", "назначение", "описание", "摘要", "附言",
        "用途", "备注", "البيان", "الوصف", "omschrijving", "mededelingen",
    ),
    "balance": (
        "balance", "running balance", "saldo", "saldo nach buchung", "solde", "balance after", "остаток", "余额",
        "账户余额", "الرصيد", "kontostand",
    ),
}  # fmt: skip
SEVERAL = {"remittance"}  # what may stand in more than one column
IN_CURRENCY = re.compile(r"\s(?P<code>[a-z]{3})$")


def normalised(heading: str) -> str:
    """A heading without accents, case and signs."""
    plain = unicodedata.normalize("NFKD", heading.strip().casefold().replace("ß", "ss"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


KINDS = {normalised(name): kind for kind, names in NAMES.items() for name in names}


def kind_of(heading: str) -> tuple[str, str]:
    """What the column holds, and the currency that its name says: `Amount (EUR)`; both empty where it is not known."""
    plain = normalised(heading)
    if plain in KINDS:
        return KINDS[plain], ""
    match = IN_CURRENCY.search(plain)
    kind = KINDS.get(plain[: match.start()], "") if match else ""
    return (kind, match["code"].upper()) if match and kind in ("amount", "debit", "credit", "balance") else ("", "")


def is_heading(cells: Sequence[str]) -> bool:
    """Whether these are names of columns: a date at least, and an amount or its two sides."""
    kinds = {kind_of(cell)[0] for cell in cells}
    return "booked_on" in kinds and ("amount" in kinds or {"debit", "credit"} <= kinds)
