"""The audit trail: who did what, when, from where and why, in rows that cannot be changed."""
