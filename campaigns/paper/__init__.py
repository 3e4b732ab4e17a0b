"""Paper: PDF files in which lines of any script are set, for receipts, certificates, posters and sheets."""

from campaigns.paper.page import ALARM, COLUMN, INK, QUIET, RULE, SKY, Paper, Type

__all__ = ["ALARM", "COLUMN", "INK", "QUIET", "RULE", "SKY", "Paper", "Type"]
