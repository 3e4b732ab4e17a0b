"""What Linux says of a process."""

from pathlib import Path


def started_at(pid: int) -> str:
    """When a process began, in ticks since the machine did; with its id a name that no other process ever has."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "ended"
    return said.rpartition(")")[2].split()[19]


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()
