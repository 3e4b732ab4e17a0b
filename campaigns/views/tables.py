"""What the tables that readers take home have in common."""

from blueheart.tables import Cell
from campaigns.models.content import Sourced

# Who says what the row says; the last columns of every table.
SOURCE_COLUMNS = ("certainty", "reported_by", "publisher", "source", "source_year", "locator", "source_url")


def source_cells(row: Sourced) -> list[Cell]:
    """The cells under `SOURCE_COLUMNS`."""
    source = row.source
    return [row.certainty, row.reported_by, source.publisher, source.title, source.year, row.locator, source.url]
