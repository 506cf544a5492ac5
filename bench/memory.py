"""Prints what a process holds in memory (MB): `with` triage, or `without` it and its packages."""

import os
import sys
from pathlib import Path
from unittest.mock import MagicMock

import django

HEAVY = ("numpy", "numpy.typing", "onnxruntime", "tokenizers", "safetensors", "safetensors.numpy")


def resident() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Load the portal as the web server does; with triage, assess some messages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hsb_portal.settings")
    if sys.argv[1] == "without":
        sys.modules.update({name: MagicMock() for name in HEAVY})
    django.setup()
    from django.urls import get_resolver  # noqa: PLC0415

    get_resolver().url_patterns  # noqa: B018  (loads every view)
    if sys.argv[1] == "with":
        from advice.management.commands._library import from_files  # noqa: PLC0415
        from advice.triage.assess import assess  # noqa: PLC0415
        from advice.triage.types import Account  # noqa: PLC0415

        library = from_files()
        for number in range(20):
            assess(
                Account(f"A boy in Year {number % 13} keeps touching girls in the corridor. " * 12), library
            )
    print(resident())


if __name__ == "__main__":
    main()
