"""Ada makes a backup; the disk burns; she comes back from it. Mallory has stolen one, and changed another."""

import contextlib
import datetime as dt
import io
import os
import resource
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from blueheart.postgresql.cluster import APPLICATION_ROLE
from blueheart.trail import sealing
from blueheart.trail.models import Entry, Seal
from donations import ledger
from donations.models import Donor, LedgerEntry, Tribute
from donations.services import contacts
from donations.services import privacy as donors
from office.backups import archive, erased, keeping, keys, making, programs, restoring, scratch
from office.backups.errors import BackupError
from office.backups.keeping import Keep, Kept, Note
from office.backups.scratch import leading_to, scratch_server
from office.models import JobTurn
from pledges.models import HeartPhoto, Pledge
from pledges.services import photos
from pledges.services import privacy as supporters
from tests.donations.factories import contributor, donation, donor, organisation
from tests.donations.true_books import one_of_everything
from tests.pledges.factories import GroupFactory, HeartFactory

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    """Ada's private key, which never was on the machine that makes backups."""
    file = tmp_path_factory.mktemp("keys") / "ada.key"
    keys.make(file)
    return file


@pytest.fixture(scope="module")
def new_machine(django_db_blocker):
    """Another PostgreSQL, as empty as the day it was installed."""
    with contextlib.ExitStack() as stack:
        with django_db_blocker.unblock():
            server = stack.enter_context(scratch_server())
        yield server


@pytest.fixture
def scratch_is_there(new_machine, monkeypatch):
    """Backups are tried in a database of the server that runs already: a new cluster costs seconds."""

    @contextlib.contextmanager
    def database():
        with leading_to(new_machine | {"NAME": "postgres"}) as maintenance, maintenance.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS tried WITH (FORCE)")
            cursor.execute("CREATE DATABASE tried")
        with leading_to(new_machine | {"NAME": "tried"}) as tried:
            yield tried

    monkeypatch.setattr(making, "scratch_database", database)


@pytest.fixture
def folder(tmp_path, settings, key) -> Path:
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_RECIPIENTS = _recipients(key)
    return settings.BACKUP_DIR


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("shelf") / "backups"


@pytest.fixture
def stored(folder, shelf) -> Path:
    """A backup that was not tried, of a portal with one heart: made once, and each test has a copy to spoil."""
    if not shelf.exists():
        HeartFactory(email="sam-quillfeather@example.org")
        back_up(shelf, untried=True)
    shutil.copytree(shelf, folder)
    return next(folder.glob("*.backup"))


@pytest.fixture
def empty(new_machine):
    """Within, the portal's database is an empty one on the new machine."""
    with leading_to(new_machine | {"NAME": "postgres"}) as maintenance, maintenance.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS blueheart WITH (FORCE)")
        cursor.execute("CREATE DATABASE blueheart")
    return lambda: leading_to(new_machine | {"NAME": "blueheart"})


def back_up(folder: Path, **options) -> Path:
    out = io.StringIO()
    call_command("backup", to=folder, stdout=out, stderr=io.StringIO(), **options)
    return Path(out.getvalue().strip())


def restore(path: Path, key: Path, **options) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("restore", path, key=key, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@transaction.atomic
def heart_with_photo(**said) -> Pledge:
    heart = HeartFactory(**said)
    photo = photos.put(heart, webp=b"webp of the sea", size=(4, 4), alt="The sea", consent_version=1)
    photo.file.save("sea.webp", ContentFile(b"webp of the sea"), save=False)
    photo.held.delete()
    photo.status, photo.decided_at = HeartPhoto.Status.APPROVED, timezone.now()
    photo.save()
    return heart


def seal_the_trail() -> None:
    """An hour ago something was done, and its minute is sealed."""
    at = (timezone.now() - dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    Entry.objects.create(action="story.begun", at=at)
    sealing._seal_until(at + dt.timedelta(minutes=1))


def a_small_portal() -> SimpleNamespace:
    """Gifts in all states with their bookings, hearts, a group, contacts, and a sealed trail."""
    with transaction.atomic():  # some rules are looked at when all parts are there
        made = one_of_everything()
    ledger.close_windows()
    made.sam, made.ines = (heart_with_photo(email=f"{name}@example.org") for name in ("sam", "ines"))
    made.dora, made.dolores = donor("dora-k@example.org"), donor("dolores@example.org", name="Dolores")
    made.school = GroupFactory(keeper_name="Kim", keeper_email="kim@example.org")
    made.ministry = contributor("Ministry of the Sea", contact_name="Clara", contact_email="clara@example.org")
    made.harbour = organisation("Open Harbour", contact_name="Hana", contact_email="hana@example.org")
    made.tribute = Tribute.objects.create(
        donation=made.dollars, honoured_name="Rosa", notice_name="R", notice_from="D", notice_email="rosa@example.org",
        notice_on=timezone.now().date() + dt.timedelta(days=9),
    )  # fmt: skip
    seal_the_trail()
    return made


@pytest.mark.usefixtures("scratch_is_there")
def test_the_disk_burns_and_ada_comes_back(folder, key, empty, settings, tmp_path):
    portal = a_small_portal()
    seal = sealing.last_seal().line
    files = {file.name: file.read_bytes() for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()}

    backup = back_up(folder)

    # Afterwards people of every kind asked to be forgotten, and somebody else pledged.
    supporters.erase_subject("sam@example.org")
    donors.erase_subject(portal.dolores)
    supporters.erase_keeper(portal.school.pk, why="")
    assert contacts.erase_contacts(["clara@example.org", "hana@example.org", "rosa@example.org"]) == 3
    call_command("backup", to=folder, note_erasures=True, stderr=io.StringIO())
    assert {each.action for each in erased.read(folder / erased.ERASED)} == set(erased.AGAIN)
    HeartFactory(email="late@example.org")

    settings.MEDIA_ROOT = tmp_path / "new media"
    with empty():
        shown = restore(backup, key)[1]
        assert "It would go into the database blueheart, which has 0 tables" in shown
        assert "Nothing was done. To do it, add: --into blueheart" in shown
        told = restore(backup, key, into="blueheart", by="ada-of-the-books")

        assert "6 rows were emptied of people who had been forgotten since." in told[1]
        assert "manage.py recover_gifts --days 1" in told[0]
        they_are_forgotten_again(portal)
        done = Entry.objects.get(action="backup.restored")
        assert (done.actor_id, done.detail["emptied_rows"]) == (portal.ada.pk, 6)
        assert done.detail["sha256"] == keeping.read_note(backup).sha256
        assert Seal.objects.latest("minute").line == seal
        books_and_trail_are_true(folder)
        one_changed_row_is_found(folder, portal)
    brought = {file.name: file.read_bytes() for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()}
    assert len(files) == 2
    assert set(brought.items()) < set(files.items())  # Sam's photo is gone again
    assert len(brought) == 1


def they_are_forgotten_again(portal) -> None:
    for row in (portal.school, portal.ministry, portal.harbour, portal.tribute, portal.dolores):
        row.refresh_from_db()
    assert (portal.school.keeper_email, portal.school.keeper_name) == ("", "")
    assert (portal.ministry.name, portal.ministry.contact_email) == ("Ministry of the Sea", "")
    assert (portal.harbour.contact_email, portal.harbour.contact_name) == ("", "")
    assert (portal.tribute.notice_email, portal.dolores.email) == ("", "")
    forgotten = Pledge.objects.get(pk=portal.sam.pk)
    assert (forgotten.email, forgotten.public_name, forgotten.number) == ("", "", portal.sam.number)
    assert Pledge.objects.get(pk=portal.ines.pk).email == "ines@example.org"
    assert Donor.objects.get(pk=portal.dora.pk).email == "dora-k@example.org"
    assert not Pledge.objects.filter(email="late@example.org").exists()


def books_and_trail_are_true(folder) -> None:
    call_command("check_books", stdout=io.StringIO())
    call_command("check_audit", against=str(folder / "seals.log"), stdout=io.StringIO())


def one_changed_row_is_found(folder, portal) -> None:
    """Mallory was at the copy, with the rights of its owner: one booked amount, then one line of the trail."""
    entry = LedgerEntry.objects.filter(transaction__donation=portal.dollars).latest("pk")
    for table, change, command, said in (
        ("donations_ledgerentry", f"amount_minor = amount_minor + 1 WHERE id = {entry.pk}", "check_books", "not true"),
        ("trail_entry", "why = 'never' WHERE action = 'story.begun'", "check_audit", "was altered"),
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {change}")
            assert cursor.rowcount == 1
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        with pytest.raises(CommandError, match=said):
            call_command(command, stdout=io.StringIO(), stderr=io.StringIO())


def test_until_all_is_done_the_applications_role_reads_nothing(
    folder, stored, key, empty, new_machine, settings, monkeypatch
):
    """In production there are two roles: a web server that starts beside a restore shows nobody who was forgotten."""
    seen = []

    def replayed(notes) -> int:
        with leading_to(application) as early, early.cursor() as cursor:
            try:
                cursor.execute("SELECT email FROM pledges_pledge")
            except ProgrammingError as refused:
                seen.append(str(refused))
        return 0

    application = new_machine | {"NAME": "blueheart", "USER": APPLICATION_ROLE}
    with empty() as owner, owner.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS blueheart_app")
        cursor.execute("CREATE ROLE blueheart_app LOGIN")
    settings.DATABASE_OWNER = new_machine | {"NAME": "blueheart"}
    with leading_to(application):
        with monkeypatch.context() as patching:
            patching.setattr(restoring, "replay", replayed)
            told = restore(stored, key, into="blueheart")[1]
        assert "permission denied for table pledges_pledge" in seen[0]
        assert "The role blueheart_app, which may read and write rows and no more" in told
        assert Pledge.objects.get().email == "sam-quillfeather@example.org"  # the application's role reads it now
        back_up(folder, untried=True)
        with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="must be owner"):
            cursor.execute("ALTER TABLE pledges_pledge DISABLE TRIGGER USER")


def test_what_mallory_has_stolen_says_nothing(folder, stored, tmp_path):
    mallory = tmp_path / "mallory.key"
    keys.make(mallory)

    assert all(b"quillfeather" not in file.read_bytes() for file in folder.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(CommandError, match=r"This key does not open .*: it was made for other ones"):
        restore(stored, mallory, without_erasures=True)


@pytest.mark.parametrize("where", [0.001, 0.5, 0.999])
def test_a_byte_that_mallory_changed_is_seen_before_anything_is_touched(stored, key, empty, where):
    content = bytearray(stored.read_bytes())
    content[int(len(content) * where)] ^= 1
    stored.write_bytes(content)

    with empty():
        with pytest.raises(CommandError, match="is damaged, cut off or was changed"):
            restore(stored, key, into="blueheart", without_erasures=True)
        assert connection.introspection.table_names() == []


def test_a_backup_that_was_cut_off_is_refused(stored, key):
    stored.write_bytes(stored.read_bytes()[:-70_000])

    with pytest.raises(CommandError, match="is damaged, cut off or was changed"):
        restore(stored, key, check=True)


def test_a_backup_whose_manifest_was_made_up_is_refused(folder, key):
    """Whoever knows a public key can encrypt: what a backup says of itself is held against what is in it."""
    backup = folder / "blueheart-20260301T120000Z.backup"
    folder.mkdir()
    facts = {"made_at": "2026-03-01T12:00:00+00:00", "version": "0", "commit": "", "postgresql": 15}
    facts |= {"migrations": [], "rows": {}, "seal": "none", "media": "0 files"}
    with archive.written(backup, keys.recipients(_recipients(key))) as writer:
        writer.add(archive.DATABASE, io.BytesIO(b"a dump"))
        parts = {archive.DATABASE: archive.Part("0" * 64, 6)}
        writer.end(making.Manifest(**facts, parts=parts))

    with pytest.raises(CommandError, match="its parts are not what its manifest says"):
        restore(backup, key, check=True)


def test_a_restore_touches_no_database_that_holds_anything(stored, key):
    heart = HeartFactory()
    name = connection.settings_dict["NAME"]

    with pytest.raises(CommandError, match=f"The database is {name}, not blueheart: nothing was done"):
        restore(stored, key, into="blueheart", without_erasures=True)
    connection.close()
    with pytest.raises(CommandError, match=r"is not empty \(\d+ tables\)|others are connected"):
        restore(stored, key, into=name, without_erasures=True)
    assert Pledge.objects.filter(pk=heart.pk).exists()


def test_with_its_name_typed_and_replace_what_is_there_goes(stored, key, empty):
    with empty():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE of_somebody_else (id int)")
        with pytest.raises(CommandError, match="--replace drops what it holds"):
            restore(stored, key, into="blueheart", without_erasures=True)
        told = restore(stored, key, into="blueheart", replace=True, without_erasures=True, by="nobody-here")[1]
        assert Pledge.objects.get().email == "sam-quillfeather@example.org"
        assert "of_somebody_else" not in connection.introspection.table_names()
        assert "There is no account nobody-here here" in told
        assert Entry.objects.get(action="backup.restored").actor is None


def test_without_the_list_of_erasures_nothing_is_restored_by_mistake(folder, stored, key, empty):
    (folder / erased.ERASED).unlink()

    with empty(), pytest.raises(CommandError, match="without it people who were forgotten would be back"):
        restore(stored, key, into="blueheart")


def test_who_was_forgotten_before_the_backup_is_not_forgotten_twice(folder):
    """A contact who took the place of a forgotten one, before the backup, stays."""
    ministry = contributor(contact_name="Clara", contact_email="clara@example.org")
    contacts.erase_contacts(["clara@example.org"])
    type(ministry).objects.update(contact_name="Kim", contact_email="kim@example.org")
    folder.mkdir()

    assert (erased.note(folder), erased.note(folder)) == (1, 0)
    assert erased.erase_again(erased.read(folder / erased.ERASED)) == 0
    ministry.refresh_from_db()
    assert ministry.contact_name == "Kim"


def test_a_key_that_a_later_row_took_over_is_nobody_who_was_forgotten(folder):
    heart = HeartFactory(email="new@example.org")
    long_ago = (timezone.now() - dt.timedelta(days=1)).isoformat()

    assert erased.erase_again([erased.Note(long_ago, "pledge.erased", str(heart.pk))]) == 0
    now = timezone.now() + dt.timedelta(minutes=1)
    assert erased.erase_again([erased.Note(now.isoformat(), "pledge.erased", str(heart.pk))]) == 1


def test_while_stripe_cannot_end_what_charges_the_site_stays_closed(folder):
    dora = donation().donor  # her pay page was open when the backup was made, and Stripe is away
    now = (timezone.now() + dt.timedelta(minutes=1)).isoformat()

    with pytest.raises(BackupError, match="Leave the site closed; run this again with --erase-again"):
        restoring.replay([erased.Note(now, "donor.erased", str(dora.pk))])
    assert Donor.objects.get(pk=dora.pk).email == "dora@example.org"


def test_a_full_disk_leaves_what_was_there(folder, stored):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (stored.stat().st_size // 2, limits[1]))
    try:
        with pytest.raises(CommandError, match=r"The backup cannot be written to .*: File too large"):
            back_up(folder, untried=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [kept.path for kept in keeping.kept_in(folder)] == [stored]
    assert not list(folder.glob(".*.partial"))
    assert "File too large" in JobTurn.objects.get(name="backup").failure


def test_two_backups_at_once_are_one(folder, key):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [making.LOCK])
    try:
        with pytest.raises(CommandError, match="Another backup of this database runs") as refused:
            back_up(folder)
    finally:
        other.close()
    assert refused.value.returncode == 75
    back_up(folder, untried=True)
    # The other one says how it went, and one that was not tried puts nobody at ease.
    assert not JobTurn.objects.filter(name="backup").exists()


def test_a_backup_beside_supporters_who_pledge_is_of_one_moment(folder, key, tmp_path):
    """Counts and rows are of one snapshot, whatever is written between them."""
    begun, stop = threading.Event(), threading.Event()

    def pledge_on() -> None:
        own = connection.copy()
        try:
            with own.cursor() as cursor:
                while not stop.is_set():
                    cursor.execute("INSERT INTO office_jobturn (name, failure) VALUES (md5(random()::text), '')")
                    begun.set()
        finally:
            own.close()

    writing = threading.Thread(target=pledge_on)
    writing.start()
    try:
        assert begun.wait(60)
        backup = back_up(folder, untried=True)
    finally:
        stop.set()
        writing.join()
    dump = tmp_path / "dump"
    with dump.open("wb") as out:
        found = archive.read(
            backup,
            keys.identities(key),
            take=lambda name, piece: out.write(piece) if name == archive.DATABASE else None,
        )
    program = programs.find("pg_restore", found.postgresql)
    rows = subprocess.run(
        [program, "--data-only", "--table=office_jobturn", "--file=-", dump], check=True, capture_output=True
    )
    copied = rows.stdout.decode().partition("FROM stdin;\n")[2].partition("\\.\n")[0]
    assert 0 < len(copied.splitlines()) == found.rows["office_jobturn"] < JobTurn.objects.count()


@pytest.mark.usefixtures("scratch_is_there")
def test_a_backup_that_is_not_true_fails_and_takes_no_place(folder, stored):
    keeping.mark_checked(stored, timezone.now())
    with connection.cursor() as cursor:  # a hand that went past the guards
        cursor.execute("ALTER TABLE trail_entry DISABLE TRIGGER USER")
        seal_the_trail()
        cursor.execute("UPDATE trail_entry SET why = 'never happened'")
        cursor.execute("ALTER TABLE trail_entry ENABLE TRIGGER USER")

    with pytest.raises(CommandError, match="is not true: the audit trail was altered"):
        back_up(folder, keep="1,0,0")

    newest, oldest = keeping.kept_in(folder)
    assert (oldest.path, oldest.is_checked, newest.is_checked) == (stored, True, False)
    assert "the audit trail was altered" in JobTurn.objects.get(name="backup").failure


@pytest.mark.usefixtures("scratch_is_there")
def test_a_check_later_on_tells_that_it_is_whole(stored, key):
    assert keeping.read_note(stored).checked_at == ""

    assert "books and trail are true" in restore(stored, key, check=True)[0]
    assert keeping.read_note(stored).checked_at


@pytest.mark.parametrize(
    ("recipients", "said"),
    [
        ([], "BACKUP_RECIPIENTS is empty"),
        (["age1nonsense"], "is no public key of age"),
        (["AGE-SECRET-KEY-1XYZ"], "holds a private key"),
    ],
)
def test_recipients_are_looked_at_first(folder, settings, recipients, said):
    settings.BACKUP_RECIPIENTS = recipients
    with pytest.raises(CommandError, match=said):
        back_up(folder)
    assert list(folder.glob("*.backup")) == []


def test_a_key_is_never_written_over(key):
    before = key.read_text()
    with pytest.raises(CommandError, match="File exists"):
        call_command("backup", new_key=key)
    assert key.read_text() == before
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_older_pg_dump_is_said_in_a_line(folder, key, monkeypatch):
    monkeypatch.setattr(programs, "server_major", lambda connection: 99)
    with pytest.raises(CommandError, match="The server is PostgreSQL 99, but the newest pg_dump"):
        back_up(folder)


def test_what_a_killed_run_left_behind_goes_with_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned, young, others = (tmp_path / f"{scratch.PREFIX}{name}" for name in ("old", "young", "others"))
    for home in (abandoned, young):
        (home / "data").mkdir(parents=True)
    others.symlink_to(tmp_path)
    long_ago = time.time() - 2 * scratch.ABANDONED_SECONDS
    os.utime(abandoned, (long_ago, long_ago))

    scratch.clear_abandoned()
    assert {path.name for path in tmp_path.glob("*")} >= {young.name, others.name}
    assert not abandoned.exists()


def kept(day: str, checked: bool = True) -> Kept:
    made_at = dt.datetime.fromisoformat(f"{day}T03:00+00:00")
    return Kept(keeping.path_for(Path("/b"), made_at), made_at, Note("", 0, day, "none", day if checked else ""))


def test_days_weeks_and_months_are_kept():
    days = [kept(f"{dt.date(2026, 1, 1) + dt.timedelta(days=number)}") for number in range(90)]
    staying = [one.made_at.date().isoformat() for one in days if one not in keeping.surplus(days, Keep(3, 2, 3))]
    assert staying == ["2026-01-31", "2026-02-28", "2026-03-29", "2026-03-30", "2026-03-31"]


def test_the_last_one_that_was_found_true_is_never_let_go():
    true, *others = (kept("2026-01-01"), *(kept(f"2026-02-0{day}", checked=False) for day in range(1, 9)))
    assert true not in keeping.surplus([true, *others], Keep(2, 0, 0))
    assert len(keeping.surplus([true, *others], Keep(2, 0, 0))) == 6


def _recipients(key: Path) -> list[str]:
    return [str(identity.to_public()) for identity in keys.identities(key)]
