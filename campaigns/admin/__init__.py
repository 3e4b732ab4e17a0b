"""What staff write and correct; one module per part of the content."""

from campaigns.admin import campaigns, countries, facts, helplines

__all__ = ["campaigns", "countries", "facts", "helplines"]
