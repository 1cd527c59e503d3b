"""Each assertion of each check has a reason: removed or negated, some answer's verdict changes."""

import pytest
from mutants import Mutant, Witnesses, killed, mutants, witnesses


@pytest.fixture(scope="module")
def known() -> Witnesses:
    return witnesses()


@pytest.mark.parametrize("mutant", mutants(), ids=str)
def test_mutant_is_killed(mutant: Mutant, known: Witnesses) -> None:
    assert killed(mutant, known), f"{mutant}: no planted answer notices; plant one."
