"""Search over everything that the site says, in the language of its reader."""

from campaigns.search.index import forget, index_row, reindex

__all__ = ["forget", "index_row", "reindex"]
