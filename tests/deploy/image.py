"""What the Dockerfile and .dockerignore say, read without Docker."""

import fnmatch
import re
import subprocess
from pathlib import Path, PurePosixPath

from benchmarks.stage import PROJECT

DOCKERFILE = PROJECT / "Dockerfile"
DOCKERIGNORE = PROJECT / ".dockerignore"


def steps(word: str, text: str | None = None) -> list[str]:
    """The steps of this kind of the Dockerfile or of a stage, each as one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text() if text is None else text, flags=re.M).replace("\\\n", " ")
    return [" ".join(rest.split()) for rest in re.findall(rf"^{word} (.*)$", text, re.M)]


def stages() -> dict[str, str]:
    """The text of each stage by its name; what is built unless a target is named has none and comes last."""
    _comment, *texts = re.split(r"^FROM ", DOCKERFILE.read_text(), flags=re.M)
    return {text.partition("\n")[0].partition(" AS ")[2]: text for text in texts}


def in_the_image() -> list[Path]:
    """The files of the repository, and those that git does not know yet, that `COPY . .` takes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [PROJECT / name for name in listed.stdout.splitlines() if is_taken(name) and (PROJECT / name).exists()]


def is_taken(name: str) -> bool:
    """Whether Docker takes a file into the image: as the last line of .dockerignore says that fits it or its folder."""
    taken = True
    path = PurePosixPath(name)
    for line in DOCKERIGNORE.read_text().splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#") and _fits(path, pattern.removeprefix("!")):
            taken = pattern.startswith("!")
    return taken


def _fits(path: PurePosixPath, pattern: str) -> bool:
    places = [path, *path.parents][:-1]
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatchcase(place.name, pattern.removeprefix("**/")) for place in places)
    return any(fnmatch.fnmatchcase(str(place), pattern) for place in places if "/" not in str(place))
