"""What is worked out of a text once, although several parts of a reading ask for it.

An account must not stay in a process's memory: whoever ends a reading calls `forget`.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

R = TypeVar("R")

#: One reading asks of the text, of role and setting in words, and of the wordings nearest to it.
TEXTS_OF_A_READING: Final = 16
FORGETTERS: Final[list[Callable[[], None]]] = []


def while_reading(function: Callable[[str], R]) -> Callable[[str], R]:
    """Keep what the function gives for a text until `forget` is called."""
    keeping = lru_cache(maxsize=TEXTS_OF_A_READING)(function)
    FORGETTERS.append(keeping.cache_clear)

    @wraps(function)
    def kept(text: str) -> R:
        return keeping(text)

    return kept


def forget() -> None:
    """Let go of every text, and of all that was worked out of it."""
    for each in FORGETTERS:
        each()
