"""The page of sizes is made from the figures that were measured, and is as those are now."""

from __future__ import annotations

import random

from bench import sizing


def test_the_page_is_up_to_date() -> None:
    cost, dice = sizing.costs(), random.Random(sizing.SEED)
    found = sizing.write([sizing.size(phones, cost, dice) for phones in sizing.PHONES], cost)
    assert sizing.PAGE.read_text(encoding="utf-8") == found


def test_the_simulation_has_every_phone_back_and_none_before_it_can_be_served() -> None:
    cost = sizing.costs()
    rate = sizing.PLANNED / cost.arrival
    many = int(rate * sizing.RETURN_WITHIN_S * 3)
    back, put_off = sizing.restart(many, 1, cost, random.Random(1))
    # A full bucket to begin with, and then no faster than the rate.
    assert many / rate - 2 <= back < many / rate * 1.5 + 60
    assert put_off > 0
    few, none = sizing.restart(int(rate), 1, cost, random.Random(1))
    assert few <= sizing.RETURN_WITHIN_S
    assert none == 0
