"""How gunicorn runs here (`--config python:hsb_portal.web_server`)."""

import logging
import os
from typing import Any


def worker_exit(_arbiter: Any, worker: Any) -> None:
    """End a process of the web server at once: its requests are answered, its connections closed.

    With `--preload` the sentence model's runtime is loaded before the processes part, and its threads stay
    behind in the first one. Waiting for them at the end, a process hung for half a minute or aborted.
    """
    # gunicorn also calls this in the first process, for one that is gone; and one that could not start tells
    # why by its exit code.
    if worker.booted and worker.pid == os.getpid():
        logging.shutdown()
        os._exit(0)
