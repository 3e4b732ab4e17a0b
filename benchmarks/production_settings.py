"""Production's settings on a database of made-up rows (BENCH_DATABASE), for a browser on this machine.

What differs: no TLS in front (so no redirect to https), and the embedded PostgreSQL. Static files are collected, hashed
and compressed as production has them, in a folder of the benchmarks' own.
"""

import os
import secrets

os.environ |= {
    "ENVIRONMENT": "production",
    "SITE_URL": f"https://localhost:{os.environ.get('PORT', '8000')}",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50),
    "SECURE_SSL_REDIRECT": "false",
    "STRIPE_SECRET_KEY": "sk_test_benchmarks",
    "DATABASE_URL": f"postgres:///{os.environ['BENCH_DATABASE']}",
    "EMAIL_URL": "smtp://localhost",
    "DEFAULT_FROM_EMAIL": "hello@localhost",
}

from blueheart.settings import *  # noqa: F403

DATABASES["default"] = DATABASES["default"] | {"EMBEDDED": True}  # noqa: F405
STATIC_ROOT = VAR_DIR / "static"  # noqa: F405
