"""What a bank says of an account, read from its files: CAMT.053 and CSV. Knows no database."""

from donations.bank.csv_statement import DATE_ORDERS, DECIMAL_MARKS, ENCODINGS, Hints
from donations.bank.files import read_statement
from donations.bank.reading import MOST_BYTES, MOST_LINES, Movement, Own, Problem, Statement, StatementError

__all__ = [
    "DATE_ORDERS",
    "DECIMAL_MARKS",
    "ENCODINGS",
    "MOST_BYTES",
    "MOST_LINES",
    "Hints",
    "Movement",
    "Own",
    "Problem",
    "Statement",
    "StatementError",
    "read_statement",
]
