"""Webhooks on a bad road: lost, repeated, out of order, late, and yet the same in every run."""

import json

import pytest

from tests.stripe_sandbox.desk import eventually


def customers(sandbox, number):
    return [sandbox.v1.customers.create({"name": f"Dora {place}"}).id for place in range(number)]


def heard(receiver):
    return [event.data.object.id for event in receiver.events]


def waiting(sandbox):
    return sandbox.control("deliveries?state=pending")["deliveries"]


def test_every_event_comes_in_copies(sandbox, receiver):
    sandbox.control("deliveries", {"repeat": 3})
    known = customers(sandbox, 5)
    assert eventually(lambda: not waiting(sandbox))
    assert sorted(heard(receiver)) == sorted(known * 3)


def test_some_events_come_in_copies(sandbox, receiver):
    sandbox.control("deliveries", {"seed": 3, "repeat": 2, "repeat_rate": 0.5})
    known = customers(sandbox, 12)
    assert eventually(lambda: not waiting(sandbox))
    counts = [heard(receiver).count(each) for each in known]
    assert set(counts) == {1, 2}


def test_events_come_out_of_order(sandbox, receiver):
    sandbox.control("deliveries", {"seed": 5, "shuffle": True})
    known = customers(sandbox, 12)
    assert eventually(lambda: not waiting(sandbox))
    assert heard(receiver) != known
    assert sorted(heard(receiver)) == sorted(known)


def test_a_lost_event_is_sent_again(sandbox, receiver):
    sandbox.control("deliveries", {"seed": 1, "drop": 1})
    (known,) = customers(sandbox, 1)
    assert eventually(lambda: [each["attempts"] for each in waiting(sandbox)] == [1])
    assert "as ordered" in waiting(sandbox)[0]["last_error"]
    assert receiver.events == []
    sandbox.control("deliveries", {"faults": None})
    assert eventually(lambda: heard(receiver) == [known])


def test_an_event_lost_for_good_is_only_found_by_asking(sandbox, receiver):
    sandbox.control("deliveries", {"drop": 1, "for_good": True})
    (known,) = customers(sandbox, 1)
    assert eventually(lambda: sandbox.control("deliveries")["deliveries"][0]["state"] == "failed")
    assert receiver.events == []
    (missed,) = sandbox.v1.events.list({"delivery_success": False}).data
    assert missed.data.object.id == known


def test_late_events(sandbox, receiver):
    sandbox.control("deliveries", {"seed": 2, "delay": 600})
    customers(sandbox, 3)
    assert receiver.events == []
    assert len({each["next_attempt_at"] for each in waiting(sandbox)}) == 3


def again(sandbox, **plan):
    return sandbox.control("deliveries", {"redeliver": "all", **plan})


def test_sending_again_follows_the_same_rules(sandbox, receiver):
    sandbox.control("deliveries", {"pause": True})
    customers(sandbox, 20)
    orders = []
    for seed in (7, 7, 8):
        receiver.events.clear()
        told = again(sandbox, seed=seed, drop=0.3, repeat=2, shuffle=True, parallel=1)
        assert told["sent"] + told["dropped"] == 40
        assert told["sent"] == told["delivered"] == len(receiver.events)
        assert 0 < told["dropped"] < 40
        orders.append(heard(receiver))
    assert orders[0] == orders[1] != orders[2]
    assert sandbox.control("deliveries")["faults"]["drop"] == 0


def test_a_receiver_that_closes_its_connections_gets_everything(sandbox, receiver):
    sandbox.control("deliveries", {"pause": True})
    customers(sandbox, 4)
    assert again(sandbox, repeat=5, parallel=4)["delivered"] == 20


@pytest.mark.parametrize("given", [{"drop": 2}, {"repeat": 0}, {"delay": -1}, {"weather": "bad"}])
def test_what_makes_no_sense_is_refused(sandbox, given):
    assert sandbox.call("POST", "/_control/deliveries", json.dumps(given))[0] == 400
