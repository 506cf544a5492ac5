"""Nothing of an account stays in a process's memory after it was read."""

import gc

import pytest

from advice.management.commands._library import from_files
from advice.triage.assess import assess
from advice.triage.flags import find_flags
from advice.triage.kept import forget, while_reading
from advice.triage.types import Account

#: A word that stands nowhere else, so that finding it means that the account was kept.
ONLY_HERE = "zqxvernal"


def texts_in_caches() -> list[str]:
    """Every string that a cache of a function of this portal holds, as the garbage collector sees it."""
    caches = [each for each in gc.get_objects() if type(each).__name__ == "_lru_cache_wrapper"]
    caches = [
        each for each in caches if str(getattr(each, "__module__", "")).startswith(("advice", "incidents"))
    ]
    seen: set[int] = set()
    strings: list[str] = []
    waiting: list[object] = [inside for cache in caches for inside in gc.get_referents(cache)]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, str):
            strings.append(each)
        elif isinstance(each, tuple | list | dict) and len(each) < 100_000:
            waiting += [*each.keys(), *each.values()] if isinstance(each, dict) else list(each)
    return strings


@pytest.mark.parametrize("read", [lambda account: assess(account, from_files()), find_flags])
def test_an_account_is_forgotten_once_it_was_read(read):
    read(Account(f"A pupil told the {ONLY_HERE} nurse that a boy touched her today. She is 11."))
    assert not [text for text in texts_in_caches() if ONLY_HERE in text]


def test_what_is_worked_out_is_kept_only_while_reading():
    asked: list[str] = []

    @while_reading
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [length("abc"), length("abc")] == [3, 3]
    forget()
    length("abc")
    assert asked == ["abc", "abc"]
