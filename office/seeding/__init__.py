"""Filling a database of its own with millions of hearts and gifts, to see what the portal costs at size."""
