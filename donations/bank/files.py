"""Which format a file has; what is too large is refused before any of it is read."""

from django.utils.translation import gettext as _

from donations.bank import camt053, csv_statement
from donations.bank.csv_statement import Hints
from donations.bank.reading import MOST_BYTES, MOST_LINES, Own, Statement, refuse

HEAD = 400
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_statement(content: bytes, own: Own, hints: Hints | None = None) -> Statement:
    """The movements of `own` in the file. Raises `StatementError` with all that is wrong; then nothing of it counts."""
    if len(content) > MOST_BYTES:
        raise refuse(_("The file is larger than 10 MB. Ask the bank for a shorter period."))
    if not _is_xml(content) and max(content.count(b"\n"), content.count(b"\r")) > MOST_LINES:
        raise refuse(_("The file has more than 20,000 lines. Ask the bank for a shorter period."))
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise refuse(_("The file is empty."))
    if content.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise refuse(_("This is a spreadsheet, a PDF or an archive. We read CAMT.053 (XML) and CSV."))
    return camt053.read(content, own) if _is_xml(content) else csv_statement.read(content, own, hints or Hints())


def _is_xml(content: bytes) -> bool:
    head = content[:HEAD]
    for mark in MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"").lstrip().startswith(b"<")
