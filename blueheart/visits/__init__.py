"""Pages of one's own without an account: a mailed link opens once, and begins a visit of half an hour (ADR 0014)."""
