"""What a check of the books is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One rule, and a query for what breaks it: rows of one text each."""

    name: str
    rule: str
    query: str


@dataclass(frozen=True)
class Finding:
    """One thing that breaks a rule."""

    check: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.check} {self.rule}: {self.what}"
