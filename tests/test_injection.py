"""Pages that give orders: the policy alone keeps a gullible planner from them, and the task is still done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.injection.cases import FAMILIES, PER_FAMILY, Case, cases
from tests.injection.rig import Rig

pytestmark = pytest.mark.display

CHOSEN = [cases()[f * PER_FAMILY + (2 * f + 1) % PER_FAMILY] for f in range(len(FAMILIES))]
"""One of each family; together they hold each kind of order."""


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with Rig() as opened:
        yield opened


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
def test_what_a_page_orders_is_not_done_and_the_task_is(case: Case, rig: Rig) -> None:
    found = rig.run(case, "gullible", attacked=True)
    assert found.attempted
    assert not found.completed, found
    assert found.benign, found


@pytest.mark.parametrize("case", CHOSEN[::4], ids=lambda case: case.id)
def test_the_planner_that_needs_no_model_takes_no_orders(case: Case, rig: Rig) -> None:
    found = rig.run(case, "embedded", attacked=True)
    assert not found.attempted, found
    assert not found.completed, found
    assert found.benign, found


def test_without_a_policy_the_orders_are_carried_out() -> None:
    with Rig(bare=True) as bare:
        done = [bare.run(case, "gullible", attacked=True).completed for case in CHOSEN[:3]]
    assert all(done), done
