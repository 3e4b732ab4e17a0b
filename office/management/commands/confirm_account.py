from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from office.signing_in import holds


class Command(BaseCommand):
    help = "Opens an account that waits for a second administrator, where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        count = holds.confirm_on_the_server(user)
        self.stdout.write(f"{username} is confirmed." if count else f"{username} did not wait.")
