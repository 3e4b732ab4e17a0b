"""docs/scaling.md says what the model says, and the model what was measured."""

import copy
import json
import re

import pytest

from scripts.docs.reference.metrics import metrics
from scripts.scaling import costs, page
from scripts.scaling.blocks import BLOCKS, Model
from tests.portal import ROOT


@pytest.fixture(scope="module")
def model():
    return page.build()


@pytest.fixture(scope="module")
def bench():
    return json.loads(costs.BENCH.read_text())


@pytest.fixture(scope="module")
def blocks(model):
    """What the blocks say, but for the list of what is assumed; those that are quickly made first."""
    slow = ("breaks", "answer", "workers")
    names = [name for name in BLOCKS if name not in (*slow, "assumed")]
    return {name: list(BLOCKS[name](model)) for name in (*names, *slow)}


def with_other(model, *, bench=None, own=None, **assumed):
    """The same model with another measurement, or another assumption."""
    changed = copy.deepcopy(dict(model.assumed))
    for name, value in assumed.items():
        changed[name]["value"] = value
    other = costs.Costs(
        bench or json.loads(costs.BENCH.read_text()), own or model.costs.own, index_fill=changed["index_fill"]["value"]
    )
    return Model(changed, other, model.ours, model.keys)


def test_the_page_says_what_the_model_computes(model):
    """Whoever changes a measurement, an assumption, a limit or a lane finds it here; `make scaling` writes it anew."""
    written = page.PAGE.read_text()
    assert page.rendered(written, model) == written


@pytest.mark.parametrize(
    ("budget", "line", "who"),
    [
        ("P6", "webhooks stored per second, against raw inserts", "ours"),
        ("P7", "events booked per second, against five raw statements", "ours"),
        ("P8", "pledges posted per second, against a plain view", "ours"),
        ("P9", "confirmations per second in one country, against 200 countries (32 connections)", "one country"),
    ],
)
def test_a_unit_cost_that_changes_changes_the_page(model, bench, budget, line, who):
    changed = copy.deepcopy(bench)
    [row] = [row for row in changed["budgets"] if row["budget"] == budget]
    [found] = [each for each in row["lines"] if each["what"] == line]
    found["beside"][who] = costs.SPLIT.sub(lambda was: f"{float(was[1]) + 1} + {was[2]} ms CPU", found["beside"][who])

    written = page.PAGE.read_text()
    assert page.rendered(written, with_other(model, bench=changed)) != written


@pytest.mark.parametrize("name", [name for name, each in page.assumptions().items() if "value" in each])
def test_an_assumption_that_changes_changes_more_than_its_own_line(model, blocks, name):
    other = with_other(model, **{name: model.assumed[name]["value"] * 0.9})
    assert any(list(BLOCKS[block](other)) != said for block, said in blocks.items())


def test_a_figure_that_was_not_measured_is_named(model, bench):
    without = {"budgets": [row for row in bench["budgets"] if row["budget"] != "P9"]}
    with pytest.raises(costs.MissingFigureError, match=r"no line “confirmations per second” of P9"):
        with_other(model, bench=without).costs.pledge_confirmed  # noqa: B018  computed when it is asked for
    with pytest.raises(costs.MissingFigureError, match="no step “prayer” of a gift"):
        model.costs.step("gift", "prayer")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('certainty = "guess"\nwhat = "w"\nsource = "s"', "no value"),
        ('value = 1\nwhat = "w"\nsource = "s"', "no certainty"),
        ('value = 1\ncertainty = "certain"\nwhat = "w"\nsource = "s"', "no certainty"),
        ('low = 1\nhigh = 2\ncertainty = "guess"\nwhat = "w"', "where it comes from"),
    ],
)
def test_an_assumption_says_its_value_its_source_and_how_sure_it_is(line, wrong):
    with pytest.raises(ValueError, match=wrong):
        page.assumptions(f"[one]\n{line}")


def test_a_block_that_only_one_side_knows_is_named(model):
    written = page.PAGE.read_text()
    with pytest.raises(LookupError, match="money"):
        page.rendered(written.replace("made: money", "made: honey"), model)


def test_what_to_watch_is_there_to_be_watched():
    """The metrics that the page names are ours, and its alerts have rules."""
    written = page.PAGE.read_text()
    named = set(re.findall(r"blueheart_\w+", written))
    assert named - {series for metric in metrics() for series in (metric.shown_as, *metric.series)} == set()
    rules = (ROOT / "deploy" / "observability" / "alerts.yml").read_text()
    alerts = re.findall(r"[(]((?:alert )?[A-Z][a-z]+[A-Z][a-z]+)[)]", written)
    assert len(alerts) == 4
    assert [alert for alert in alerts if f"alert: {alert.removeprefix('alert ')}\n" not in rules] == []
