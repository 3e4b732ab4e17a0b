"""What staff see of the ground: mail, the audit trail, accounts, words. Each app registers its own models."""

from office.admin import accounts, consents, erasures, exports, jobs, lock_outs, mails, site_settings, trail, words

__all__ = [
    "accounts",
    "consents",
    "erasures",
    "exports",
    "jobs",
    "lock_outs",
    "mails",
    "site_settings",
    "trail",
    "words",
]
