"""The reference leaves nothing out: what the code has and no words are said of goes red here."""

import ast
import os
import re
from unittest import mock

import pytest
from django.test import Client

from blueheart.metrics import figures
from blueheart.site_settings.declaring import declared
from office.api import api as portal_api
from office.jobs import lanes
from office.worker import Job
from scripts.docs import reference
from scripts.docs.reference import (
    api,
    commands,
    jobs,
    layers,
    metrics,
    models,
    settings,
    site_settings,
    stripe,
    trail,
)
from tests.portal import ROOT

FIRST_LINE = re.compile(r"^# .+\n\n[\w`]", re.MULTILINE)


def test_every_variable_that_the_code_reads_is_described_in_the_example_and_no_other():
    assert sorted(settings.read()) == sorted(settings.described())
    assert [name for name, said in settings.described().items() if len(said.words) < 10] == []


def test_what_production_needs_is_marked():
    needed = {name for name, variable in settings.read().items() if variable.is_needed}
    assert {"SECRET_KEY", "DATABASE_URL", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "STRIPE_SECRET_KEY"} <= needed
    assert not {"METRICS_TOKEN", "DATABASE_OWNER_URL", "PORT"} & needed


def test_a_variable_that_nobody_described_is_noticed():
    with mock.patch.object(settings, "modules", return_value={"new.py": ast.parse('x = env.int("NEW_ONE", 3)')}):
        assert settings.read() == {"NEW_ONE": settings.Variable("NEW_ONE", "whole number", is_needed=False)}


def test_every_site_setting_is_there_with_its_limits():
    page = site_settings.page()
    assert [setting.key for setting in declared() if f"| `{setting.key}` |" not in page] == []
    assert "| `pledges-forms-hour` | Forms sent from one network in an hour | 30 to 100,000 | 600 |" in page


def test_every_management_command_is_there_with_its_help():
    files = ROOT.glob("*/**/management/commands/*.py")
    ours = {file.stem for file in files if file.stem != "__init__" and not file.parts[len(ROOT.parts)].startswith(".")}
    told = commands.helps()
    assert set(told) == ours
    described = {name: text.split("\n\n")[1] for name, text in told.items()}
    assert [name for name, words in described.items() if words.startswith(("options:", "positional"))] == []


@pytest.mark.parametrize("job", [job for lane in lanes() for job in lane.jobs], ids=lambda job: job.name)
def test_every_job_says_what_it_does(job):
    assert f"| `{job.name}` |" in jobs.page()
    assert len(jobs.words(job)) > 15


def test_a_job_without_words_is_noticed():
    def silent() -> int:
        return 0

    assert jobs.words(Job("silent", silent, every=1.0)) == ""


def test_every_metric_says_what_it_tells():
    assert [metric.name for metric in metrics.metrics() if len(metric.words) < 15] == []


def test_what_prometheus_reads_is_in_the_reference(db):
    figures.count_pages("hit", 1)
    figures.tell_kept(pages=1, size=2048)
    answer = Client().get("/metrics", headers={"Host": "localhost"})
    shown = set(re.findall(r"^# HELP (\S+)", answer.content.decode(), re.MULTILINE))
    listed = metrics.page()

    assert {"blueheart_pages_total", "blueheart_page_cache"} <= shown
    assert [name for name in sorted(shown) if f"| `{name}` |" not in listed] == []


def test_a_metric_is_found_by_how_it_is_declared():
    tree = ast.parse('A = Counter("blueheart_gifts", "Gifts begun.", ["campaign"])')
    with mock.patch.object(metrics, "modules", return_value={"new.py": tree}):
        assert metrics.metrics() == [metrics.Metric("blueheart_gifts", "counter", "Gifts begun.", ("campaign",))]
        row = "| `blueheart_gifts_total` | counter | `campaign` | number | this web server | Gifts begun. |"
        assert row in metrics.page()


def test_a_metric_says_whose_it_is_and_what_one_of_it_is():
    told = {metric.name: (metric.is_of_the_portal, metric.unit) for metric in metrics.metrics()}

    assert told["blueheart_request_seconds"] == (False, "seconds")
    assert told["blueheart_database_up"] == (False, "0 or 1")
    assert told["blueheart_migrations_missing"] == (False, "number")
    assert told["blueheart_worker_mails"] == (True, "number")
    assert told["blueheart_queue_overdue_seconds"] == (True, "seconds")
    assert told["blueheart_backup_timestamp_seconds"] == (True, "seconds since 1970, 0: never")


def test_every_table_and_every_constraint_of_ours_is_there():
    page = models.page()
    ours = [model for config in models.our_apps() for model in models.our_models(config)]
    assert {model._meta.app_label for model in ours} >= {"campaigns", "pledges", "donations", "office"}
    assert [model for model in ours if f"Table `{model._meta.db_table}`." not in page] == []
    constraints = [each.name for model in ours for each in model._meta.constraints]
    assert [name for name in constraints if f"| `{name}` |" not in page] == []
    assert "auth_user" not in page


def test_every_address_of_the_api_is_there():
    page = api.page()
    assert [path for path in portal_api.get_openapi_schema()["paths"] if f" {path}\n" not in page] == []


def test_every_event_of_stripe_says_what_it_is_taken_for():
    assert [name for name, reaction in stripe.REACTIONS.items() if not reaction.__doc__] == []
    assert "| `refund.failed` |" in stripe.page()


def test_acts_of_the_trail_are_found_where_they_are_named_and_where_they_are_handed_on():
    words = trail.words()
    assert words["refund.asked"] == {"donations/services/refunds.py"}
    assert "donations/services/closings.py" in words["closing.signed"]
    assert words["….deleted"] == {"blueheart/admin/base.py"}


def test_layers_are_those_that_are_held():
    assert "3. `donations`, `pledges`" in layers.page()


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_has_one_heading_and_tables_that_hold(name):
    page = reference.PAGES[name]()
    assert FIRST_LINE.match(page)
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block


def test_no_page_tells_of_the_machine_that_it_was_made_on():
    pages = "".join(page() for page in reference.PAGES.values())
    assert str(ROOT) not in pages
    assert os.environ.get("HOME", "/root") + "/" not in pages
