"""What staff type at the bank's desk: files, accounts, and what a line is."""

import re
from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import mail_addresses
from blueheart.languages import page_language
from blueheart.money import CURRENCIES, AmountError, parse_amount
from donations.amounts import to_typed
from donations.bank import MOST_BYTES, Hints
from donations.bank.reading import account_number
from donations.forms.typed import ANY_CURRENCY, AnyAmount
from donations.models import BankAccount, BankLine, Contributor, Donor, Grant
from donations.services.bank_matching import BankError, ForBank, ForContributor, ForDonor, ForGrant, ForRecord, Part
from donations.services.bank_suggestions import find_record
from donations.services.donors import find_or_make_donor
from donations.services.promise_payments import Settles

EMPTY_ROWS = 4
NO_ROW = ""
FOUND_OUT = gettext_lazy("Find out")
COUNTS = re.compile(r"(?P<amount>.*[0-9].*?)\s*(?P<currency>[A-Za-z]{3})|(?P<first>[A-Za-z]{3})\s*(?P<then>.*[0-9].*)")


class BankAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """An account of the Fund's. Once statements are there, it stays the account that they are of."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY)

    class Meta:
        model = BankAccount
        fields = ["name", "holder", "bank", "iban", "bic", "currency", "is_shown"]

    def clean_iban(self) -> str:
        return account_number(self.cleaned_data["iban"])

    def clean_bic(self) -> str:
        return account_number(self.cleaned_data["bic"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and {"iban", "currency"} & set(self.changed_data) and self.instance.statements.exists():
            raise forms.ValidationError(_("Statements of this account were imported: its number and currency stay."))
        return cleaned


class StatementForm(forms.Form):
    """A file of the bank's, and what of it cannot be found out."""

    account: "forms.ModelChoiceField[BankAccount]" = forms.ModelChoiceField(
        BankAccount.objects.all(), label=gettext_lazy("Bank account")
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput({"accept": ".xml,.csv,.txt"}),
        help_text=gettext_lazy("CAMT.053 (XML) or CSV, at most 10 MB and 20,000 lines."),
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding (CSV)"),
        required=False,
        choices=[
            ("", FOUND_OUT), ("utf-8", "UTF-8"), ("windows-1252", "Windows-1252"), ("iso-8859-1", "ISO-8859-1"),
        ],
    )  # fmt: skip
    dates = forms.ChoiceField(
        label=gettext_lazy("Days are written (CSV)"),
        required=False,
        choices=[
            ("", FOUND_OUT), ("iso", "2026-12-31"), ("dots", "31.12.2026"), ("day-first", "31/12/2026"),
            ("month-first", "12/31/2026"),
        ],
    )  # fmt: skip
    decimal = forms.ChoiceField(
        label=gettext_lazy("Before the decimals stands (CSV)"),
        required=False,
        choices=[("", FOUND_OUT), (",", gettext_lazy("a comma: 1.234,56")), (".", gettext_lazy("a point: 1,234.56"))],
    )

    def clean_file(self) -> Any:
        """A file that is too large is not read at all."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB. Ask the bank for a shorter period."))
        return file

    def hints(self) -> Hints:
        """What was said of the file, once all is valid."""
        return Hints(self.cleaned_data["encoding"], self.cleaned_data["dates"], self.cleaned_data["decimal"])


class ReasonForm(forms.Form):
    """Why something is ignored or taken back."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy("It stays with the line. No name or address of a person."),
    )


class PartForm(forms.Form):
    """One part of a line: what it is, of whom, and how much of it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        required=False,
        choices=[
            (NO_ROW, "–"),
            ("contributor", gettext_lazy("Payment of a contributor")),
            ("donor", gettext_lazy("Gift of a donor")),
            ("new-donor", gettext_lazy("Gift of somebody without an e-mail address")),
            ("record", gettext_lazy("Something in the books already")),
            ("grant", gettext_lazy("Grant: paid, or money that came back")),
            ("fee", gettext_lazy("Fee of the bank’s")),
        ],
    )
    which = forms.CharField(
        label=gettext_lazy("Whose, or its reference"),
        required=False,
        max_length=254,
        widget=forms.TextInput({"list": "known-contributors"}),
    )
    amount = forms.CharField(label=gettext_lazy("Amount"), required=False, max_length=40)
    counts = forms.CharField(label=gettext_lazy("Counts as, in another currency"), required=False, max_length=44)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, line: BankLine, **options: Any) -> None:
        super().__init__(*args, **options)
        self.line = line

    @property
    def is_filled(self) -> bool:
        """Whether it says anything."""
        return bool(self.cleaned_data.get("kind"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("kind"):
            if cleaned.get("which") or cleaned.get("amount"):
                self.add_error("kind", _("Please say what it is."))
            return cleaned
        cleaned["amount_minor"] = self._amount(cleaned.get("amount", ""))
        return cleaned

    def part(self) -> Part:
        """What the row says, once it is valid. Raises `BankError` where nobody and nothing has that reference."""
        asked = self.cleaned_data
        amount_minor, which = asked["amount_minor"], asked["which"].strip()
        match asked["kind"]:
            case "contributor":
                return ForContributor(amount_minor, _contributor(which), self._settles(asked["counts"]))
            case "donor":
                return ForDonor(amount_minor, _donor(which, self.line))
            case "new-donor":
                name = which or self.line.counterparty
                return ForDonor(amount_minor, find_or_make_donor(email="", name=name[:120], language=page_language()))
            case "record":
                return ForRecord(amount_minor, find_record(which))
            case "grant":
                counts = self._settles(asked["counts"])
                return ForGrant(amount_minor, _grant(which), counts.amount_minor if counts else None, asked["note"])
            case _fee:
                return ForBank(amount_minor, asked["note"] or which)

    def _amount(self, text: str) -> int | None:
        """Minor units with the line's sign; the whole line where nothing is typed."""
        sign = 1 if self.line.amount_minor > 0 else -1
        if not text.strip():
            return self.line.amount_minor
        try:
            return sign * parse_amount(text.strip(" -−+"), self.line.currency, page_language(), limits=AnyAmount())
        except AmountError as error:
            self.add_error("amount", str(error))
            return None

    def _settles(self, text: str) -> Settles | None:
        """`36 000 EUR` as minor units of that currency."""
        if not text.strip():
            return None
        match = COUNTS.fullmatch(text.strip())
        currency = (match["currency"] or match["first"]).upper() if match else ""
        if not match or currency not in CURRENCIES:
            raise BankError(_("Please write an amount with its currency, such as 100 EUR."))
        try:
            number = match["amount"] or match["then"]
            return Settles(parse_amount(number, currency, page_language(), limits=AnyAmount()), currency)
        except AmountError as error:
            raise BankError(str(error)) from error


class Parts(BaseFormSet):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """The parts of a line; rows left empty do not count."""

    def clean(self) -> None:
        if not any(self.errors) and not any(form.is_filled for form in self.forms):
            raise forms.ValidationError(_("Please say what the line is."))

    def parts(self) -> list[Part]:
        """What is filled in, once all is valid. Raises `BankError`."""
        return [form.part() for form in self.forms if form.is_filled]


PartFormSet = formset_factory(PartForm, formset=Parts, extra=EMPTY_ROWS)


def parts_of(line: BankLine, typed: Any) -> Parts:
    """The parts of a line as they were typed; of a new one, the first row holds the whole amount."""
    amount = to_typed(abs(line.amount_minor), line.currency, page_language())
    initial = [{"amount": amount}]
    parts = PartFormSet(typed, prefix="parts", form_kwargs={"line": line}, initial=None if typed else initial)
    return cast(Parts, parts)


def _contributor(text: str) -> Contributor:
    rows = Contributor.objects.all()
    found = rows.filter(public_id=text).first() or rows.filter(name__iexact=text).first()
    if not text or found is None:
        raise BankError(_("There is no contributor “%(text)s”.") % {"text": text[:60]})
    return found


def _donor(text: str, line: BankLine) -> Donor:
    """The donor of this address, perhaps a new one, or of this reference."""
    if "@" in text:
        try:
            email = mail_addresses.check(text)
        except forms.ValidationError as error:
            raise BankError(_("“%(text)s” is no e-mail address.") % {"text": text[:60]}) from error
        return find_or_make_donor(email=email, name=line.counterparty[:120], language=page_language())
    found = Donor.objects.filter(public_id=text, erased_at=None).first() if text else None
    if found is None:
        raise BankError(_("There is no donor “%(text)s”: an e-mail address, or a reference.") % {"text": text[:60]})
    return found


def _grant(text: str) -> Grant:
    found = Grant.objects.filter(public_id=text).first() if text else None
    if found is None:
        raise BankError(_("There is no grant “%(text)s”.") % {"text": text[:60]})
    return found
