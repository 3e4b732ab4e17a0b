"""Whoever pastes a command out of our pages has it work: blocks marked `sh run` are run here, in the repository."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.docs.pages import tracked
from tests.portal import ROOT

BLOCK = re.compile(r"^(?P<indent>[ \t]*)```sh run\n(?P<commands>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
KEPT = ("PATH", "HOME", "LANG", "EMBEDDED_PG_BINDIR")
LONGEST_SECONDS = 60


class Block(NamedTuple):
    page: str
    commands: str


def blocks_of(page: str, text: str) -> list[Block]:
    return [Block(page, found["commands"]) for found in BLOCK.finditer(text)]


BLOCKS = [
    block for page in tracked() if page.endswith(".md") for block in blocks_of(page, Path(ROOT / page).read_text())
]


def run(commands: str) -> subprocess.CompletedProcess:
    """Run it as a person would type it: line by line in the repository's folder, ended by the first that fails."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    shell = shutil.which("bash") or "sh"
    return subprocess.run(
        [shell, "-euc", commands], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_SECONDS
    )


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{block.page}: {block.commands.split(chr(10))[0]}" for block in BLOCKS])
def test_a_block_marked_sh_run_runs(block):
    done = run(block.commands)
    assert done.returncode == 0, f"{block.page}:\n{block.commands}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def test_the_pages_that_a_newcomer_reads_first_have_such_blocks():
    assert {"README.md", "CONTRIBUTING.md", "docs/tutorial/first-hour.md"} <= {block.page for block in BLOCKS}


def test_a_block_is_found_in_a_list_too_and_other_blocks_are_left_alone():
    text = "```sh\nrm -rf /\n```\n\n1. Do:\n\n   ```sh run\n   true\n   false\n   ```\n"
    assert blocks_of("a.md", text) == [Block("a.md", "   true\n   false\n")]


def test_the_first_command_that_fails_is_told():
    assert run("false\ntrue").returncode == 1
