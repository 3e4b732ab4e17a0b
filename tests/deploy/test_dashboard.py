"""deploy/observability/dashboard.json: Grafana can import it, and it asks for what our code tells."""

import itertools
import json
import re

import pytest
import yaml

from tests.deploy.observability import FOLDER, promtool, taken_wrongly, unknown

DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
# Of Grafana's units those that we use: its list has hundreds.
UNITS = {"short", "none", "s", "bytes", "percentunit", "reqps", "cps"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def test_it_is_found_again_and_asks_whichever_prometheus_one_chooses():
    assert (DASHBOARD["uid"], DASHBOARD["schemaVersion"] >= 36) == ("blueheart", True)
    assert "id" not in DASHBOARD  # Grafana gives it one, and would take another dashboard's place
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_in_which_unit_and_from_where(panel):
    assert len(panel["description"]) > 15
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"] == SOURCE
    assert [target["refId"] for target in panel["targets"]] == ["A", "B", "C"][: len(panel["targets"])]
    assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_panels_have_names_of_their_own_and_lie_beside_each_other():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    titles = [panel["title"] for panel in PANELS]
    assert len(set(titles)) == len(titles)
    places = [
        set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
    ]
    assert sum(map(len, places)) == len(set.union(*places))
    assert max(x for x, _y in set.union(*places)) == 23


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_panel_asks_for_what_our_code_tells_and_takes_it_rightly(expression):
    assert unknown(expression) == []
    assert taken_wrongly(expression) == []


def test_expressions_are_such_as_prometheus_takes(tmp_path):
    asked = [expression.replace("$__rate_interval", "5m") for expression in EXPRESSIONS]
    assert [expression for expression in asked if "$" in expression] == []
    assert said_of(asked, tmp_path)[0] == 0, said_of(asked, tmp_path)[1]
    assert said_of(["sum(rate(blueheart_pages_total[5m])"], tmp_path)[0] == 1


def said_of(expressions, folder):
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    for rule in rules:
        rule["record"] = re.sub(r"\d+", lambda found: "n" * (int(found[0]) + 1), rule["record"])
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    return promtool("check", "rules", "rules.yml", folder=folder)
