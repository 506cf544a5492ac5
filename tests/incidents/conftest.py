"""Each test reads its own library: rolled-back releases are numbered again."""

import pytest

from advice import library


@pytest.fixture(autouse=True)
def own_library():
    """Forget what another test published."""
    library.forget()
    yield
    library.forget()
