"""What staff write and correct; one module per part of the content."""

from campaigns.admin import campaigns, countries, facts, grants, helplines, partners, pictures, resources

__all__ = ["campaigns", "countries", "facts", "grants", "helplines", "partners", "pictures", "resources"]
