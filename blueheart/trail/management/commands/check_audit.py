from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blueheart.trail.models import Seal
from blueheart.trail.sealing import broken_seals


class Command(BaseCommand):
    help = "Tells whether the sealed audit trail is as it was written; ends with 1 if not."

    def handle(self, **options: Any) -> None:
        problems = list(broken_seals())
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"the audit trail was altered: {len(problems)} findings")
        self.stdout.write(f"the audit trail is intact: {Seal.objects.count()} sealed minutes")
