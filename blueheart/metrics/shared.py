"""Where the processes of one server keep their figures, so that each can tell those of all.

The folder belongs to the process that started them: a new server begins at nothing, and removes what dead ones left.
Import this before `prometheus_client`, which looks for the folder's name once, when it is imported.
"""

import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path

from blueheart.metrics.processes import is_alive, started_at

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
HOME = Path(tempfile.gettempdir()) / f"blueheart-metrics-{os.getuid()}"


def folder_of(server: int) -> Path:
    """The folder of the processes that this one started."""
    return HOME / f"{server}-{started_at(server)}"


os.environ.setdefault(VARIABLE, str(folder_of(os.getppid())))


@functools.cache
def make_ready() -> Path:
    """The folder, there for sure; folders of servers that ended are gone."""
    folder = Path(os.environ[VARIABLE])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.parent == HOME:
        for other in HOME.iterdir():
            server, _dash, _since = other.name.partition("-")
            if server.isdecimal() and other != folder_of(int(server)):
                shutil.rmtree(other, ignore_errors=True)
    return folder


def forget_the_dead() -> None:
    """Take gauges of processes that ended out of the sums; what they counted stays."""
    for file in make_ready().glob("gauge_live*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not is_alive(int(pid)):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
