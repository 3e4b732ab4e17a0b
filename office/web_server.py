"""How granian runs the portal, in development and in production alike (docs/adr/0025-granian.md)."""

APPLICATION = "blueheart.wsgi:application"
WORKERS = 2
BLOCKING_THREADS = 2


def web_server(*, host: str, port: int, workers: int = WORKERS) -> list[str]:
    """The command, without the Python that runs it."""
    return [
        *("granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"),
        *("--workers", str(workers), "--blocking-threads", str(BLOCKING_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
        APPLICATION,
    ]
