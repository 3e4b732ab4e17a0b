"""What the crawl found wrong, and how it tells."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

ADDRESSES_SHOWN = 4
DETAILS_SHOWN = 3
_STARTED = time.monotonic()


class Finding(NamedTuple):
    """One rule that one page breaks, and what exactly breaks it there."""

    rule: str
    address: str
    detail: str = ""


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    sys.stdout.write(f"[{time.monotonic() - _STARTED:4.0f} s] {text}\n")
    sys.stdout.flush()


def table(findings: Iterable[Finding]) -> str:
    """The findings by rule, the most frequent first, each with its first addresses and details."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding)
    lines = []
    for rule, found in sorted(by_rule.items(), key=lambda pair: -len(pair[1])):
        addresses = list(dict.fromkeys(each.address for each in found))
        lines.append(f"{len(found):5}  {rule}  ({len(addresses)} pages)")
        lines += [f"         {address}" for address in addresses[:ADDRESSES_SHOWN]]
        details = list(dict.fromkeys(each.detail for each in found if each.detail))
        lines += [f"           · {detail}" for detail in details[:DETAILS_SHOWN]]
    return "\n".join(lines)
