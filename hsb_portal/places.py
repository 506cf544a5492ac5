"""Where files of the default way to run lie. Standard library only: the supervisor uses it too."""

import hashlib
import tempfile
from pathlib import Path


def broker_socket(var: Path) -> Path:
    """The broker's socket: in `var/`, or under a short name where that path is too long for a socket."""
    path = var.resolve() / "valkey.sock"
    if len(str(path)) < 100:  # the kernel allows 107 characters
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hsb-{name}.sock"
