"""The parent of the embedded `postgres`: makes its cluster, runs it, stops it after its last user (standard library).

Runs as `python -E -s -S -m blueheart.postgresql.supervisor HOME DATA BINDIR MAJOR [hurried]`, started by embedded.py.
It exits at once with 0 when the server is ready (a detached fork stays), or with another code when it cannot be
started; the reason is then in the log.
"""

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from blueheart.postgresql.binaries import Binaries, reachable_copy
from blueheart.postgresql.cluster import APPLICATION_ROLE, CLEAN_ENVIRONMENT, DATABASE, ROLE, Cluster, open_private

LINGER_SECONDS = 2.0  # between the end of the last user and the stop: the next command finds a warm server
FAST_SHUTDOWN_SECONDS = 60
HURRIED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
LARGEST_LOG = 1 << 20  # bytes
ON_LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1


class Account(NamedTuple):
    """Whom the server runs as: nobody else than we, except that PostgreSQL refuses root."""

    uid: int
    gid: int

    def as_popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}


def supervise(cluster: Cluster, binaries: Binaries, *, is_hurried: bool = False) -> None:
    """Start the server, report to the caller, and stay until its last user is gone.

    One that is hurried waits for no disk and for no next user.
    """
    lock = open_private(cluster.server_lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another supervisor was faster; our caller waits for that one
    report_ready = _detach()
    _trim_log()
    server = _start_server(cluster, binaries, lock, is_hurried)
    while not cluster.is_ready():
        if server.poll() is not None:
            sys.exit(1)
        time.sleep(0.02)
    report_ready()
    threading.Thread(target=_stop_when_unused, args=(cluster, server, is_hurried), daemon=True).start()
    server.wait()


def _detach() -> Callable[[], None]:
    """Fork: our caller waits for the parent, and that for one byte, or for the end of the pipe if we die."""
    ready, tell = os.pipe()
    if os.fork():
        os.close(tell)
        sys.exit(0 if os.read(ready, 1) else 1)
    os.close(ready)

    def report_ready() -> None:
        os.write(tell, b"1")
        os.close(tell)

    return report_ready


def _trim_log() -> None:
    if os.fstat(sys.stdout.fileno()).st_size > LARGEST_LOG:
        os.ftruncate(sys.stdout.fileno(), 0)


def _start_server(cluster: Cluster, binaries: Binaries, lock: int, is_hurried: bool) -> subprocess.Popen[bytes]:
    """Launch `postgres`; it and all its processes inherit the lock, so the lock says whether any of them lives."""
    account = _server_account(cluster.data)
    if os.geteuid() == 0:
        binaries = binaries._replace(folder=reachable_copy(binaries.folder, cluster.base))
    if not cluster.data.exists():
        _make_cluster(cluster.data, binaries, account, lock, is_hurried)
    _say_who_may_sign_in(cluster.data, account)
    if not cluster.record.exists():
        cluster.record.write_text(f"{'data' if cluster.base == cluster.home else cluster.data}\n")
    _make_private(cluster.run, account)
    _remove_stale_pidfile(cluster)
    settings = {"unix_socket_permissions": "0700", "listen_addresses": "", "jit": "off"}
    if ON_LINUX:  # after a crash else each of some thousand files is synced by itself: 20 s on a busy disk
        settings["recovery_init_sync_method"] = "syncfs"
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    options += _hurried(is_hurried)
    libc = ctypes.CDLL(None)
    return subprocess.Popen(
        [binaries.folder / "postgres", "-D", cluster.data, "-k", "../run", *options],
        **account.as_popen_arguments(),
        env=CLEAN_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        pass_fds=(lock,),
        # kill -9 of us is a fast shutdown of the server; after the change of account, which would clear this
        preexec_fn=(lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)) if ON_LINUX else None,
    )


def _hurried(is_hurried: bool) -> list[str]:
    return [word for setting in HURRIED if is_hurried for word in ("-c", setting)]


def _stop_when_unused(cluster: Cluster, server: subprocess.Popen[bytes], is_hurried: bool) -> None:
    users = open_private(cluster.users_lock)
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)  # sleeps in the kernel until nobody holds LOCK_SH
        fcntl.flock(users, fcntl.LOCK_UN)
        time.sleep(0 if is_hurried else LINGER_SECONDS)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break  # kept until we exit: newcomers wait, then start a new server
        except BlockingIOError:
            continue
    server.send_signal(signal.SIGINT)  # fast shutdown
    time.sleep(FAST_SHUTDOWN_SECONDS)
    server.send_signal(signal.SIGQUIT)  # stuck: immediate shutdown, crash-safe


def _server_account(data: Path) -> Account:
    if os.geteuid():
        return Account(os.geteuid(), os.getegid())
    if data.exists():
        owner = pwd.getpwuid(data.stat().st_uid)
        return Account(owner.pw_uid, owner.pw_gid)
    for name in ("postgres", "nobody"):
        try:
            unprivileged = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(unprivileged.pw_uid, unprivileged.pw_gid)
    sys.exit("running as root, and there is neither an account `postgres` nor `nobody` to run PostgreSQL as")


def _make_private(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)


def _make_cluster(data: Path, binaries: Binaries, account: Account, lock: int, is_hurried: bool) -> None:
    """Run initdb in a folder that gets its name at the end: half a cluster is never taken for one."""
    unfinished = data.with_name("initdb.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    _make_private(unfinished, account)
    common: dict[str, Any] = {
        **account.as_popen_arguments(),
        "env": CLEAN_ENVIRONMENT,
        "cwd": "/",
        "check": True,
        "pass_fds": (lock,),
    }
    initdb = [str(binaries.folder / "initdb"), "-D", str(unfinished), "-U", ROLE, *_same_everywhere(binaries.major)]
    initdb += ["--auth-local=peer", "--auth-host=reject", *["--no-sync"] * is_hurried]
    subprocess.run(initdb, stdin=subprocess.DEVNULL, **common)
    single = [str(binaries.folder / "postgres"), "--single", "-D", str(unfinished), "-c", "exit_on_error=true"]
    single += [*_hurried(is_hurried), "postgres"]
    subprocess.run(single, input=f"CREATE DATABASE {DATABASE}\n".encode(), **common)
    (unfinished / "pg_hba.conf").write_text("local all,replication all peer map=site\n")
    unfinished.rename(data)


def _say_who_may_sign_in(data: Path, account: Account) -> None:
    """Over our socket, the accounts of the server and of root; anew at each start, for older clusters knew one role."""
    accounts = dict.fromkeys((pwd.getpwuid(account.uid).pw_name, "root"))
    lines = [f"site {name} {role}\n" for name in accounts for role in (ROLE, APPLICATION_ROLE)]
    (data / "pg_ident.conf").write_text("".join(lines))


def _same_everywhere(major: int) -> list[str]:
    """Encoding and locale. LC_CTYPE must not be C: full-text search takes its idea of a letter from it."""
    ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
    return ["--encoding=UTF8", "--lc-collate=C", f"--lc-ctype={ctype}", *builtin]


def _remove_stale_pidfile(cluster: Cluster) -> None:
    """Remove what a killed server left behind.

    We hold server.lock, so no server of ours is alive. But PostgreSQL refuses to start if the recorded pid is now a
    zombie or, in a restarted container, somebody else. A server started by hand has its data as cwd: leave it.
    """
    if not ON_LINUX or not cluster.pidfile.exists():
        return
    pid = cluster.pidfile.read_text().split("\n")[0]
    try:
        if Path(f"/proc/{pid}/cwd").samefile(cluster.data):
            sys.exit(f"error: a PostgreSQL that was started by hand (pid {pid}) uses {cluster.data}: stop it first")
    except OSError:
        pass  # no such process, a zombie, or another user's
    for path in (cluster.pidfile, cluster.socket.with_name(f"{cluster.socket.name}.lock")):
        path.unlink(missing_ok=True)


def main(home: str, data: str, bindir: str, major: str, hurry: str = "") -> None:
    os.chdir("/")  # started in the project's folder to be importable; keeps no folder busy
    try:
        supervise(Cluster(Path(home), Path(data)), Binaries(int(major), Path(bindir)), is_hurried=bool(hurry))
    except subprocess.CalledProcessError as exc:
        sys.exit(f"error: {exc.cmd[0]} failed with {exc.returncode}")


if __name__ == "__main__":
    main(*sys.argv[1:])
