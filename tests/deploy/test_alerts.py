"""deploy/observability/alerts.yml: each alert fires when it should, asks for what we tell, and says what to do."""

import re
import shutil

import pytest
import yaml

from tests.deploy import observability
from tests.deploy.observability import FOLDER, promtool, taken_wrongly, unknown
from tests.portal import ROOT

RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
NAMES = [rule["alert"] for rule in RULES]
CASES = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
ENTRY = re.compile(r"^### (\w+)\n\n\*\*Means\*\*: (.+?)\\\n\*\*Do\*\*: (.+?)\n\n", re.MULTILINE | re.DOTALL)


def runbook():
    """The entries of the runbook, as name, what it means, what to do."""
    section = OPERATING.partition("\n## Alerts\n")[2].partition("\n## ")[0] + "\n\n"
    return section, ENTRY.findall(section)


def test_rules_are_such_as_prometheus_takes():
    code, said = promtool("check", "rules", "alerts.yml")
    assert (code, f"{len(RULES)} rules found" in said) == (0, True), said


def test_each_alert_fires_when_it_should_and_is_silent_before():
    code, said = promtool("test", "rules", "alerts_test.yml")
    assert code == 0, said


def test_a_rule_that_says_something_else_is_noticed(tmp_path):
    """Promtool's own tests would be worth nothing if they passed whatever the rules say."""
    shutil.copytree(FOLDER, tmp_path / "broken")
    rules = tmp_path / "broken" / "alerts.yml"
    rules.write_text(rules.read_text().replace("> 120", "> 12000"))
    code, said = promtool("test", "rules", "alerts_test.yml", folder=rules.parent)
    assert (code, "WorkerSilent" in said) == (1, True)


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_has_a_case_that_fires_and_one_that_does_not(name):
    cases = [case for test in CASES for case in test["alert_rule_test"] if case["alertname"] == name]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_asks_for_what_our_code_tells_and_takes_it_rightly(rule):
    assert unknown(rule["expr"]) == []
    assert taken_wrongly(rule["expr"]) == []


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_says_how_urgent_it_is_and_where_to_read_on(rule):
    assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert set(rule["annotations"]) == {"summary", "runbook"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/operating.md#{rule['alert'].lower()}"


def test_runbook_has_an_entry_for_each_alert_and_no_other():
    section, entries = runbook()
    assert [name for name, _means, _do in entries] == NAMES
    assert re.findall(r"^### (\w+)$", section, re.MULTILINE) == NAMES
    assert [name for name, means, do in entries if len(means) < 40 or len(do) < 40] == []


def test_what_is_not_there_is_noticed():
    assert unknown('max(blueheart_nothing{queue="mail"}) > 0 and up{job="x"} == 0') == ["blueheart_nothing"]
    assert unknown("sum by (kind, le) (rate(blueheart_request_seconds_bucket[5m]))") == []


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("sum(blueheart_hearts)", ["blueheart_hearts"]),
        ("blueheart_hearts", ["blueheart_hearts"]),
        ("max by (queue) (blueheart_queue_waiting)", []),
        ("max(rate(blueheart_worker_mails_total[5m]))", []),
        ("sum(rate(blueheart_worker_mails_total[5m]))", ["blueheart_worker_mails_total"]),
        ("max(blueheart_pages_total)", ["blueheart_pages_total"]),
        ("blueheart_database_up == 0", []),
    ],
)
def test_figures_of_all_are_taken_once_and_those_of_each_are_added_up(expression, wrong):
    assert taken_wrongly(expression) == wrong


def test_example_of_a_configuration_is_one_that_prometheus_takes(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "prometheus")
    (tmp_path / "prometheus" / "metrics_token").write_text("for-prometheus-alone-0123456789")
    code, said = promtool("check", "config", "prometheus.yml", folder=tmp_path / "prometheus")
    assert code == 0, said


def test_alerts_know_the_portal_by_the_name_that_scrapers_give_it():
    example = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    cluster = yaml.safe_load((ROOT / "deploy/kubernetes/monitoring.yaml").read_text())
    asked = {name for rule in RULES for name in re.findall(r'job="(\w+)"', rule["expr"])}
    (endpoint,) = cluster["spec"]["endpoints"]

    assert asked == {config["job_name"] for config in example["scrape_configs"]} == {"blueheart"}
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "blueheart"}]


def test_promtool_that_is_missing_is_no_success(monkeypatch):
    monkeypatch.setattr(observability.shutil, "which", lambda _name: None)
    with pytest.raises(AssertionError, match="apt install prometheus"):
        promtool("check", "rules", "alerts.yml")
