"""Each assertion of each check has a reason: removed or negated, some answer's verdict changes."""

import pytest
from catalogue import Answer
from mutants import Mutant, Place, killed, mutants, refusals


@pytest.fixture(scope="module")
def refused() -> dict[Place, list[Answer]]:
    return refusals()


@pytest.mark.parametrize("mutant", mutants(), ids=str)
def test_mutant_is_killed(mutant: Mutant, refused: dict[Place, list[Answer]]) -> None:
    assert killed(mutant, refused), f"{mutant}: no planted answer notices; plant one."
