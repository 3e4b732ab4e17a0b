"""The written pages, as Sphinx finds them: those of docs/, and the few that stand elsewhere in the repository."""

import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Pages that stand outside of docs/, and where the site has them; those of deploy/<name>/ are how-tos.
FROM_ELSEWHERE = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "stripe_sandbox/README.md": "reference/sandbox.md",
    "security/README.md": "project/code-rules.md",
}
DEPLOYING = re.compile(r"deploy/([\w-]+)/README\.md")
LINK = re.compile(r"(?P<picture>!?)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)
CODE = re.compile(r"(^[ \t]*```.*?^[ \t]*```[^\n]*$|`[^`\n]+`(?!\]))", re.MULTILINE | re.DOTALL)
ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>[ \t]*$', re.MULTILINE)


class BrokenLinkError(ValueError):
    """A page points to a file that the repository does not have."""


def gather(into: Path, *, generated: Iterable[str]) -> int:
    """Copy every page and picture into a new folder, its links made those of the site; returns the number of pages.

    Links to `generated` pages of the reference count as good. Raises `BrokenLinkError`.
    """
    shutil.rmtree(into, ignore_errors=True)
    site = site_pages() | {f"docs/{name}": name for name in generated}
    pages = site_pages()
    for path, place in pages.items():
        page = into / place
        page.parent.mkdir(parents=True, exist_ok=True)
        text = as_page_of_the_site((ROOT / path).read_text(), path, site)
        page.write_text(text + listing(text, place, pages.values()))
    for path in _pictures():
        picture = into / path.removeprefix("docs/")
        picture.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, picture)
    return len(pages)


def site_pages() -> dict[str, str]:
    """Each written page by its path in the repository, and where it stands in the site."""
    paths = [path for path in tracked() if path.endswith(".md")]
    written = {path: path.removeprefix("docs/") for path in paths if path.startswith("docs/")}
    deploying = {path: f"how-to/{found[1]}.md" for path in paths if (found := DEPLOYING.fullmatch(path))}
    return written | deploying | FROM_ELSEWHERE


def tracked() -> list[str]:
    """The repository's files, new ones too, without what Git ignores."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(path for path in set(listed) if (ROOT / path).is_file())


def as_page_of_the_site(text: str, path: str, site: dict[str, str]) -> str:
    """The page with links as the site has them; what leads to code becomes words, for the site has no code.

    Raises `BrokenLinkError`.
    """
    text = ANCHOR.sub(r"(\1)=", text)
    parts = CODE.split(text)
    for number in range(0, len(parts), 2):  # the others are code
        parts[number] = LINK.sub(lambda found: _relinked(found, path, site), parts[number])
    return "".join(parts)


def listing(text: str, place: str, places: Iterable[str]) -> str:
    """What the navigation still needs of a page: a README's neighbours, and what the first page leaves out."""
    if place.endswith("/README.md"):
        return "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
    if place != "index.md":
        return ""
    left = sorted(other.removesuffix(".md") for other in places if "/" not in other and other != place)
    lines = "\n".join(name for name in left if f"\n{name}\n" not in text)
    return f"\n```{{toctree}}\n:hidden:\n:caption: More\n\n{lines}\n```\n" if lines else ""


def _relinked(found: re.Match[str], path: str, site: dict[str, str]) -> str:
    target, hash_sign, anchor = found["target"].partition("#")
    if not target or ELSEWHERE.match(target) or target.startswith("/"):
        return found[0]
    meant = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    here = posixpath.dirname(site[path])
    index = site.get(f"{meant}/README.md")
    if place := site.get(meant) or index:
        return f"[{found['words']}]({posixpath.relpath(place, here or '.')}{hash_sign}{anchor})"
    if not (ROOT / meant).exists():
        raise BrokenLinkError(f"{path}: {target} is not there")
    if found["picture"]:
        return f"![{found['words']}]({posixpath.relpath(meant.removeprefix('docs/'), here or '.')})"
    plain = found["words"].strip("`")
    return f"`{meant}`" if plain in meant else f"{found['words']} (`{meant}`)"


def _pictures() -> list[str]:
    return [path for path in tracked() if path.startswith("docs/img/")]
