"""`custodes run`: prepare the installation, start web server and worker, restart what dies, and stop both cleanly."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

import typer

from custodes.site.commands import installation
from custodes.site.config import Config, Server, load_config
from custodes.site.errors import PortTaken
from custodes.site.processes import GRACE_SECONDS, WEB, WORKER

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
READY_SECONDS = 60
FIRST_VISIT_SECONDS = 120
LONGEST_PAUSE = 30
STEADY_SECONDS = 10  # a child that lived this long starts again at once


@dataclass(slots=True)
class Child:
    """One child process and how its restarts went."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    quick_deaths: int = 0
    start_again_at: float = 0.0

    def start(self) -> None:
        self.started, self.start_again_at = time.monotonic(), 0.0
        # A session of its own, so that Ctrl-C reaches only the parent, which stops the children in order.
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, start_new_session=True)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """Keeps the children alive until told to stop, then stops them all."""

    children: list[Child]
    is_stopping: bool = (
        False  # a plain flag: a signal handler that sets an Event can wait for ever on the lock that its wait() holds
    )

    def start(self) -> None:
        for child in self.children:
            child.start()

    def ask_to_stop(self, *_signal: object) -> None:
        """What a signal does: nothing but set the flag."""
        self.is_stopping = True

    def watch(self) -> None:
        """Restart children that die, with growing pauses, until the stop is asked for."""
        while not self.is_stopping:
            time.sleep(0.2)
            for child in self.children:
                if not child.is_running() and not self.is_stopping:
                    self._restart(child)

    def _restart(self, child: Child) -> None:
        now = time.monotonic()
        if not child.start_again_at:
            steady = now - child.started >= STEADY_SECONDS
            child.quick_deaths = 0 if steady else child.quick_deaths + 1
            pause = 0 if steady else min(2 ** (child.quick_deaths - 1), LONGEST_PAUSE)
            child.start_again_at = now + pause
            typer.echo(f"The {child.name} process ended unexpectedly; it starts again in {pause} s.", err=True)
        if now >= child.start_again_at:
            child.start()

    def stop(self) -> None:
        """Ask every child to stop, then end those that do not; what a worker leaves undone is taken up after the lease."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        end = time.monotonic() + 2 * GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run_site(*, empty: bool, demo: bool, host: str | None, port: int | None, with_worker: bool) -> int:
    """Prepare, serve until Ctrl-C or SIGTERM, and return the exit code. Raises PortTaken and what preparing raises."""
    server = _server(load_config().server, host=host, port=port)
    check_port_free(server)
    config = installation.prepare_django()
    installation.migrate_if_needed()
    installation.collect_static_if_stale()
    is_demonstration = False if empty else installation.load_demonstration_if_empty(config, required=demo)
    address = _announce_address_to_children(config, server)
    welcome = _welcome(address, is_demonstration=is_demonstration)
    _close_database()
    supervisor = Supervisor(_children(server, with_worker=with_worker))
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, supervisor.ask_to_stop)
    try:
        supervisor.start()
        if not _wait_until_ready(supervisor, server):
            if supervisor.is_stopping:
                return 0
            typer.echo("The web server did not start; its message stands above.", err=True)
            return 1
        typer.echo(welcome)
        threading.Thread(target=_open_home, args=(server, address), name="first visit", daemon=True).start()
        supervisor.watch()
        typer.echo("Stopping …")
    finally:
        supervisor.stop()
    return 0


def _server(configured: Server, *, host: str | None, port: int | None) -> Server:
    server = configured if host is None else replace(configured, host=host)
    return server if port is None else replace(server, port=port)


def check_port_free(server: Server) -> None:
    """Raises PortTaken where another program listens on the address, or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
        except OSError as error:
            raise PortTaken(
                f"the site cannot listen there: {error.strerror}.",
                where=f"{server.host}:{server.port}",
                remedy=f"Stop the program that uses it, or choose another port: custodes run --port {_next_port(server)}",
            ) from None


def _next_port(server: Server) -> int:
    return server.port + 1 if server.port < 65535 else 8000


def _announce_address_to_children(config: Config, server: Server) -> str:
    """The address people open. A configured public one stays; one on this machine follows the port."""
    parts = urlsplit(config.site.base_url)
    if parts.hostname in LOOPBACK:
        name = parts.hostname if server.host in ("0.0.0.0", "::") or server.host not in LOOPBACK else server.host
        shown = f"[{name}]" if ":" in str(name) else name
        address = urlunsplit((parts.scheme, f"{shown}:{server.port}", parts.path, "", ""))
        os.environ["CUSTODES_SITE__BASE_URL"] = address
        return address
    return config.site.base_url


def _welcome(address: str, *, is_demonstration: bool) -> str:
    from django.urls import reverse

    from custodes.people.actions import setup_code
    from custodes.people.models import Account

    lines = [f"Custodes is ready: {address}"]
    if is_demonstration:
        lines.append(f"Sign in as any role of the demonstration: {address}{reverse('account_login')}")
    elif Account.objects.exists():
        lines.append(f"Sign in: {address}{reverse('account_login')}")
    else:
        lines.append(f"Make the first administrator: {address}{reverse('first-setup')}")
        lines.append(f"Set-up code: {setup_code()}")
    lines.append("Stop with Ctrl-C.")
    return "\n".join(lines)


def _close_database() -> None:
    from django.db import connections

    connections.close_all()


def _children(server: Server, *, with_worker: bool) -> list[Child]:
    module = [sys.executable, "-m", "custodes.site.processes"]
    children = [Child("web", [*module, WEB, server.host, str(server.port)])]
    if with_worker:
        children.append(Child("worker", [*module, WORKER]))
    return children


def _wait_until_ready(supervisor: Supervisor, server: Server) -> bool:
    web = supervisor.children[0]
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and web.is_running() and not supervisor.is_stopping:
        time.sleep(0.1)
        if _answers(server):
            return True
    return False


def _open_home(server: Server, address: str) -> None:
    """Visit the public home once, so that no person waits while it is found which small cells must be withheld."""
    from django.urls import reverse

    connection = http.client.HTTPConnection(_own_host(server), server.port, timeout=FIRST_VISIT_SECONDS)
    # Nobody asked for this visit, so nobody hears of its failure.
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", reverse("portal-home"), headers={"Host": urlsplit(address).netloc})
        connection.getresponse().read()
    connection.close()


def _own_host(server: Server) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)


def _answers(server: Server) -> bool:
    connection = http.client.HTTPConnection(_own_host(server), server.port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()
