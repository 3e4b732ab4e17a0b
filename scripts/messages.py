"""The interface's catalogues: `update` them from code and templates, `compile` them, `check` that both were done.

`update` and `check` need GNU gettext (Debian: apt install gettext); `compile` needs Babel only.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("ar", "es", "fr", "pt", "ru", "zh_Hans")
SOURCES = ("blueheart", "campaigns", "donations", "office", "pledges", "templates")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compiled(path: Path) -> bytes:
    """What gettext loads for a catalogue: without fuzzy or empty entries, the same bytes for the same catalogue."""
    out = io.BytesIO()
    write_mo(out, read(path))
    return out.getvalue()


def catalogues() -> list[Path]:
    return [LOCALE / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES]


def extract(tree: Path) -> None:
    """Run Django's makemessages over a tree that has our sources and `locale/`."""
    command = [sys.executable, "-m", "django", "makemessages", "--no-wrap", "--no-obsolete", "--add-location=file"]
    for language in LANGUAGES:
        command += ["--locale", language]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": ""}
    subprocess.run(command, cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)


def copy_sources(tree: Path) -> None:
    for name in (*SOURCES, "locale"):
        ignored = shutil.ignore_patterns("__pycache__", "content", "*.mo")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored, dirs_exist_ok=True)


def update() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder))
        extract(Path(folder))
        for path in catalogues():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder) / path.relative_to(ROOT), path)
    compile_all()


def compile_all() -> None:
    for path in catalogues():
        path.with_suffix(".mo").write_bytes(compiled(path))


def problems_of(path: Path) -> list[str]:
    """What keeps a committed catalogue from being complete, one line each."""
    name, catalog = path.relative_to(ROOT), read(path)
    lines = []
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(texts)):
            lines.append(f"{name}: not translated: {message.id!r}")
        for error in message.check(catalog) if message.id else ():
            lines.append(f"{name}: {error} in {message.id!r}")
    mo = path.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(path):
        lines.append(f"{name}: not compiled: run `make messages`")
    return lines


def check() -> list[str]:
    lines = [line for path in catalogues() for line in problems_of(path)]
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder))
        extract(Path(folder))
        for path in catalogues():
            wanted, there = (ids(Path(folder) / path.relative_to(ROOT)), ids(path))
            lines += [f"{path.relative_to(ROOT)}: missing {text!r}" for text in sorted(wanted - there)]
            lines += [f"{path.relative_to(ROOT)}: no longer used {text!r}" for text in sorted(there - wanted)]
    return lines


def ids(path: Path) -> set[str]:
    return {f"{message.context or ''}|{message.id}" for message in read(path) if message.id}


def main() -> None:
    task = sys.argv[1] if len(sys.argv) == 2 else ""
    if task in {"update", "check"} and not shutil.which("xgettext"):
        sys.exit("GNU gettext is missing: install it (Debian: apt install gettext).")
    if task == "update":
        update()
    elif task == "compile":
        compile_all()
    elif task == "check":
        if lines := check():
            sys.exit("\n".join(lines))
    else:
        sys.exit("usage: messages.py update|compile|check")


if __name__ == "__main__":
    main()
