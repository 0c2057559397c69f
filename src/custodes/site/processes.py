"""The two children of `custodes run`: the web server and the background worker. Each ends when its parent does, however that ended."""

import os
import signal
import sys
import threading
from collections.abc import Sequence

WEB, WORKER = "web", "worker"
GRACE_SECONDS = 5


def end_with_parent() -> None:
    """Watch standard input, a pipe that the parent holds open, and ask this process to stop once it closes."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def serve(host: str, port: int) -> None:
    """The production web server, one process."""
    import uvicorn

    uvicorn.run(
        "custodes.site.asgi:application", host=host, port=port, lifespan="off", log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=GRACE_SECONDS,
    )  # fmt: skip


def work() -> None:
    """The background worker."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("run_worker")


def main(arguments: Sequence[str]) -> None:
    """`python -m custodes.site.processes web HOST PORT` or `… worker`."""
    end_with_parent()
    if arguments[0] == WEB:
        serve(arguments[1], int(arguments[2]))
    else:
        work()


if __name__ == "__main__":
    main(sys.argv[1:])
