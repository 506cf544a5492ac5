"""One prepared portal for all tests of real parts; each takes a copy."""

import pytest

from tests.live import Portal


@pytest.fixture(scope="session")
def prepared():
    """A migrated database with the demo's people, and the collected style sheet."""
    made = Portal()
    made.prepare(guidance=False)
    return made
