"""Our own code, read: it runs nothing that was typed, and asks database, programs and other machines in fixed words.

Each rule has a canary: a line that breaks it, and must be seen. `ruff check` (rules S) and `make audit` look again.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.security import code
from tests.security.code import breaks, calls, calls_of, findings, imports, is_fixed, name_of

# Where a statement is put together, and of what: never of anything that somebody typed.
STATEMENTS_OF_PARTS = {
    "blueheart/admin/filters.py": "quoted names of tables and columns, of our models",
    "blueheart/exports/copier.py": "the statement that our own process wrote with its values in place",
    "blueheart/exports/reading.py": "statements that Django compiled, with their parameters",
    "blueheart/metrics/of_workers.py": "two constants of its own, with their parameters",
    "blueheart/pages/versions.py": "our constants, as many as are asked for",
    "blueheart/postgresql/repeatable.py": "hands on what its callers say, with their parameters",
    "blueheart/postgresql/roles.py": "names and rights, quoted by psycopg2",
    "blueheart/postgresql/trips.py": "statements that Django compiled, with their values in place",
    "donations/books/__init__.py": "constants of the checks",
    "donations/ledger/writing.py": "as many placeholders as there are entries",
    "donations/services/exchange_rates.py": "the name of our table",
    "donations/services/recounting.py": "constants of the checks",
    "office/backups/manifest.py": "quoted names of our tables, of the database itself",
    "office/home/waiting.py": "statements that Django compiled, with their parameters",
    "office/seeding/databases.py": "names of our tables and of a database that the operator typed, checked before",
    "office/seeding/gifts.py": "constants, and the name of our table",
    "office/seeding/hearts.py": "names of our sequences and columns",
    "pledges/services/counting.py": "constants of the checks",
}
PATTERNS_OF_PARTS = {
    "blueheart/error_pages.py": "Django's own pattern, and words of ours",
    "blueheart/exports/copying.py": "escaped, each part",
    "blueheart/exports/reading.py": "escaped",
    "blueheart/lanes.py": "constants of the settings",
    "donations/bank/csv_numbers.py": "our groups and an escaped mark",
    "donations/services/privacy.py": "escaped names",
    "office/home/menu.py": "an escaped address",
    "pledges/services/forgetting.py": "escaped texts",
}
FORMATS_OF_PARTS = {
    "blueheart/exports/reading.py": "constants by kind of column",
    "blueheart/postgresql/roles.py": "psycopg2's own composition of SQL",
}
READ_YAML = {
    "campaigns/content.py": "content files of ours, by the safe loader",
    "pledges/content.py": "the errors of the above",
}
XML_TYPES = {
    "donations/bank/camt053.py": "a type and an error; reading is defusedxml's",
    "donations/bank/camt_entries.py": "a type",
    "donations/bank/camt_xml.py": "a type",
}
SPEAK_TO_OTHERS = {
    "donations/gateway/client.py": "Stripe, or the sandbox on this machine",
    "blueheart/post/bounces.py": "names of errors",
    "blueheart/post/farewells.py": "the name of an error",
    "blueheart/postgresql/cluster.py": "a Unix socket of this machine",
    "blueheart/sentry.py": "the server that SENTRY_DSN names, where it is set",
    "office/mail_texts/pages.py": "the name of an error",
    "office/management/commands/up.py": "this machine, in development",
}
SEEDED = {"office/seeding/gifts.py": "made-up gifts", "office/seeding/hearts.py": "made-up hearts"}
KNOWN_CRYPTOGRAPHY = (
    "hashlib",
    "hmac",
    "secrets",
    "django.core.signing",
    "django.utils.crypto",
    "cryptography",
    "psycopg2",
)


def statements_of_parts(tree: ast.Module) -> Iterator[ast.AST]:
    asking = {"execute", "executemany", "raw", "RawSQL", "extra", "copy_expert"}
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute | ast.Name) and _last(call) in asking and call.args:
            statement = call.args[0].value if isinstance(call.args[0], ast.Starred) else call.args[0]
            if not is_fixed(statement):
                yield call


def patterns_of_parts(tree: ast.Module) -> Iterator[ast.AST]:
    using = {f"re.{name}" for name in ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall")}
    for call in calls(tree):
        if name_of(call.func) in using and not is_fixed(call.args[0]):
            yield call
        for keyword in call.keywords:
            if (keyword.arg or "").endswith(("__regex", "__iregex")) and not is_fixed(keyword.value):
                yield call


def shells(tree: ast.Module) -> Iterator[ast.AST]:
    yield from calls_of("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")(tree)
    for call in calls(tree):
        if any(keyword.arg == "shell" for keyword in call.keywords):
            yield call


def typed_formats(tree: ast.Module) -> Iterator[ast.AST]:
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"format", "format_map"}:
            said = call.func.value
            if not (is_fixed(said) or (isinstance(said, ast.Call) and _last(said) in {"_", "gettext", "ngettext"})):
                yield call


def weak_hashes(tree: ast.Module) -> Iterator[ast.AST]:
    yield from calls_of("hashlib.md5", "hashlib.sha1", "hashlib.new", "md5", "sha1")(tree)
    for call in calls(tree):
        if any(k.arg == "algorithm" and getattr(k.value, "value", "") in {"md5", "sha1"} for k in call.keywords):
            yield call


def unnamed_macs(tree: ast.Module) -> Iterator[ast.AST]:
    """`salted_hmac` means SHA-1 where no algorithm is named."""
    for call in calls(tree):
        if _last(call) == "salted_hmac" and not any(keyword.arg == "algorithm" for keyword in call.keywords):
            yield call


def _last(call: ast.Call) -> str:
    return name_of(call.func).rpartition(".")[2] or getattr(call.func, "attr", "")


running = calls_of("eval", "exec", "compile", "__import__", "importlib.import_module", "builtins.eval", "builtins.exec")
objects = imports("pickle", "cPickle", "dill", "marshal", "shelve", "jsonpickle", "yaml")
plain_xml = imports("xml.etree", "xml.dom", "xml.sax", "xml.parsers", "lxml", "xmlrpc")
templates_of_text = calls_of("Template", "template.Template", "engine.from_string", "from_string", "Engine.from_string")
chance = imports("random", "numpy.random")
calling_out = imports(
    "stripe", "requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "smtplib", "ftplib", "poplib",
    "imaplib", "telnetlib", "xmlrpc", "ldap", "boto3", "paramiko", "socket", "sentry_sdk",
)  # fmt: skip
home_made = imports("Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "jwt", "jose", "OpenSSL", "crypt", "passlib")

CANARIES = [
    (statements_of_parts, "cursor.execute(f'SELECT {typed}')"),
    (statements_of_parts, "Pledge.objects.raw('SELECT ' + typed)"),
    (patterns_of_parts, "re.compile(typed)"),
    (patterns_of_parts, "Pledge.objects.filter(name__iregex=typed)"),
    (shells, "subprocess.run(words, shell=True)"),
    (shells, "os.system(typed)"),
    (typed_formats, "typed.format(pledge=pledge)"),
    (weak_hashes, "hashlib.md5(b'')"),
    (weak_hashes, "salted_hmac('a', 'b', algorithm='sha1')"),
    (unnamed_macs, "salted_hmac('a', 'b')"),
    (running, "eval(typed)"),
    (objects, "import pickle"),
    (objects, "from yaml import load"),
    (plain_xml, "from xml.etree import ElementTree"),
    (templates_of_text, "Template(typed).render(context)"),
    (chance, "from random import choice"),
    (calling_out, "from urllib.request import urlopen"),
    (home_made, "from Crypto.Cipher import AES"),
]


@pytest.mark.parametrize(("rule", "source"), CANARIES, ids=[source for _rule, source in CANARIES])
def test_each_rule_sees_its_canary(rule, source):
    assert breaks(rule, source)


def test_rules_leave_alone_what_is_right():
    right = """
cursor.execute("SELECT 1 FROM pledges WHERE pk = %s", [typed])
cursor.execute(CLOSE_WINDOW)
re.compile("[a-z]+")
subprocess.run(["initdb", folder], check=True)
_("Hello {name}").format(name=name)
hashlib.sha256(body)
salted_hmac("a", "b", algorithm="sha256")
"""
    rules = {rule for rule, _source in CANARIES}
    assert [rule for rule in rules if breaks(rule, right)] == []


def test_no_statement_is_put_together_of_what_somebody_typed():
    assert findings(statements_of_parts, but=STATEMENTS_OF_PARTS.keys()) == []


def test_no_regular_expression_is_built_of_unescaped_text():
    assert findings(patterns_of_parts, but=PATTERNS_OF_PARTS.keys()) == []


@pytest.mark.parametrize(
    ("named", "rule"),
    [
        (STATEMENTS_OF_PARTS, statements_of_parts),
        (PATTERNS_OF_PARTS, patterns_of_parts),
        (FORMATS_OF_PARTS, typed_formats),
        (READ_YAML, objects),
        (XML_TYPES, plain_xml),
        (SPEAK_TO_OTHERS, calling_out),
        (SEEDED, chance),
    ],
    ids=["statements", "patterns", "formats", "yaml", "xml", "others", "seeds"],
)
def test_modules_with_an_excuse_need_it(named, rule):
    """One that asks in fixed words again leaves its list above."""
    assert set(named) - {finding.path for finding in findings(rule)} == set()


def test_no_program_is_started_through_a_shell():
    assert findings(shells) == []


def test_nothing_that_was_typed_is_run():
    assert findings(running) == []


def test_no_objects_are_read_from_outside():
    assert findings(objects, but=READ_YAML.keys()) == []
    unsafe = calls_of("yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.Loader", "yaml.UnsafeLoader")
    assert findings(unsafe) == []


def test_xml_is_read_by_defusedxml_alone():
    assert findings(plain_xml, but=XML_TYPES.keys()) == []
    assert findings(calls_of("iterparse", "fromstring"), but={"donations/bank/camt053.py"}) == []


def test_no_template_is_made_of_text():
    assert findings(templates_of_text) == []


def test_no_format_string_comes_from_outside():
    assert findings(typed_formats, but=FORMATS_OF_PARTS.keys()) == []


def test_only_the_gateway_and_the_mail_speak_to_other_machines():
    """Mail leaves through Django's own backend."""
    assert findings(calling_out, but=SPEAK_TO_OTHERS.keys()) == []


def test_secrets_come_from_the_systems_randomness():
    assert findings(chance, but=SEEDED.keys()) == []


def test_no_weak_hash_is_used():
    assert [*findings(weak_hashes), *findings(unnamed_macs)] == []


def test_cryptography_is_that_of_the_standard_library():
    assert findings(home_made) == []
    words = ("cipher", "encrypt", "hashlib", "hmac", "signing", "secrets", "utils.crypto")
    drawn = {
        whole
        for tree in code.modules().values()
        for _node, whole in code.imported(tree)
        if any(word in whole.lower() for word in words) and not whole.startswith((*code.APPS, "django.db"))
    }
    assert [name for name in drawn if not name.startswith(KNOWN_CRYPTOGRAPHY)] == []
