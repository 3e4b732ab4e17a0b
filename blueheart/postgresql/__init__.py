"""Django's PostgreSQL backend with two additions: a server of its own for development, and a deadline for answers."""
