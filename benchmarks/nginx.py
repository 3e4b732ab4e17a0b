"""nginx on the loopback: as a server of files, the limit of all pages, and as production has it in front of the app."""

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.stage import HOME, LOOPBACK, PROJECT, Server, environment, free_port, running, tool

CONFIGURATION = PROJECT / "deploy" / "nginx"
DEBIANS_MODULES = Path("/usr/lib/nginx/modules")
BROTLI = "ngx_http_brotli_static_module.so"
# As Debian's nginx.conf has it, on the loopback.
AS_DEBIAN_HAS_IT = """
worker_processes auto;
error_log stderr crit;
events {{ worker_connections 8192; }}
http {{
    sendfile on;
    tcp_nopush on;
    gzip on;
    {log}
    client_body_temp_path {home}/bodies;
    server {{ listen {loopback}:{port}; {header} location / {{ root {folder}; }} }}
}}
"""
LOGGED = "access_log {home}/access.log;"
AT_ITS_LEANEST = "access_log off; open_file_cache max=1024;"


def written(folder: Path, values: Mapping[str, str]) -> Path:
    """Write production's configuration with its ${NAMES} filled in, as envsubst does; returns its main file.

    Raises `KeyError` for a name without a value.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for source in sorted(CONFIGURATION.rglob("*.conf")):
        target = folder / source.relative_to(CONFIGURATION)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"\$\{([A-Z_]+)\}", lambda name: values[name[1]], source.read_text()))
    shutil.copy("/etc/nginx/mime.types", folder)
    _add_brotli(folder)
    return folder / "nginx.conf"


def _add_brotli(folder: Path) -> None:
    """Where Debian's module is installed: as README.md of the configuration says."""
    if (DEBIANS_MODULES / BROTLI).exists():
        (folder / "modules-enabled").mkdir()
        (folder / "modules-enabled" / "brotli.conf").write_text(f"load_module {DEBIANS_MODULES / BROTLI};\n")
        (folder / "optional").mkdir()
        shutil.copy(folder / "snippets" / "brotli.conf", folder / "optional" / "static-brotli.conf")


def values(app_port: int, port: int, folder: Path, **others: str) -> dict[str, str]:
    """The names of the configuration for a front on the loopback, behind a load balancer that ends TLS."""
    kept = folder.with_name(f"{folder.name}-kept")
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    return {
        "NGINX_USER": "root" if Path.home() == Path("/root") else "nobody",  # may read and write where we may
        "FRONT": "behind-tls",
        "APP": f"{LOOPBACK}:{app_port}",
        "SERVER_NAME": "localhost",
        "SERVER_NAMES": "localhost",
        "HTTP_PORT": f"{LOOPBACK}:{port}",
        "HTTPS_PORT": f"{LOOPBACK}:{port + 1}",
        "ADMIN_PATH": "staff/",
        "STATIC_ROOT": str(PROJECT / "static"),
        "MEDIA_ROOT": str(kept / "media"),
        "CACHE_DIR": str(kept),
        "ACCESS_LOG": str(kept / "access.log"),
        "TLS_CERTIFICATE": str(kept / "certificate.pem"),
        "TLS_KEY": str(kept / "key.pem"),
        "ACME_ROOT": str(kept / "acme"),
    } | others


@contextlib.contextmanager
def front(app_port: int, **others: str) -> Iterator[Server]:
    """Production's nginx before an app on this port, with nothing in its cache."""
    port = free_port()
    folder = HOME / "nginx" / f"front-{port}"
    main = written(folder, values(app_port, port, folder, **others))
    try:
        with _started(main, port, path="/healthz") as server:
            yield server
    finally:
        for left in (folder, folder.with_name(f"{folder.name}-kept")):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def files(contents: Mapping[str, bytes], *, leanest: bool = False, padding: int = 0) -> Iterator[Server]:
    """A server of these files by their names: nginx as Debian configures it, or without a log and with open files.

    `padding` is the length of a header that makes its answers as long as those of the application.
    """
    port = free_port()
    home = HOME / "nginx" / f"files-{port}"
    folder = home / "files"
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    main = home / "nginx.conf"
    log = AT_ITS_LEANEST if leanest else LOGGED.format(home=home)
    header = f"add_header X-As-Long {'x' * padding};" if padding else ""
    values = {"home": home, "log": log, "loopback": LOOPBACK, "port": port, "folder": folder, "header": header}
    main.write_text(AS_DEBIAN_HAS_IT.format(**values))
    try:
        with _started(main, port, path="/") as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _started(main: Path, port: int, *, path: str) -> contextlib.AbstractContextManager[Server]:
    command = [tool("nginx", "nginx"), "-p", str(main.parent), "-c", str(main)]
    command += ["-g", f"daemon off; pid {main.parent / 'pid'};"]
    return running(command, port=port, environment=environment(), path=path)
