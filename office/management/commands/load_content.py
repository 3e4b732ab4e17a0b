from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from campaigns import content as campaigns_content
from campaigns import search
from campaigns.models import SearchEntry
from office.worker import INDEX_SEARCH, make_due
from pledges import content as pledges_content

LOADERS: tuple[Callable[[], dict[str, int]], ...] = (campaigns_content.load, pledges_content.load)


class Command(BaseCommand):
    help = "Loads the portal's content from its files; rows that staff have changed are left alone. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--index-later", action="store_true", help="leave the index of search to the worker that starts next"
        )

    def handle(self, *, index_later: bool = False, verbosity: int = 1, **options: Any) -> None:
        counts = {kind: count for load in LOADERS for kind, count in load().items()}
        if verbosity:
            self.stdout.write("\n".join(f"{kind}: {count}" for kind, count in counts.items()))
        has_changed = any(count for kind, count in counts.items() if not kind.endswith("kept"))
        if not has_changed and SearchEntry.objects.exists():
            return
        if index_later:
            make_due(INDEX_SEARCH)
        else:
            self.stdout.write(f"search entries: {search.reindex()}")
