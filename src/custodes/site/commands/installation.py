"""Bringing an installation to the state in which it can serve: settings, tables, static files, the demonstration, the first administrator."""

import os
from pathlib import Path

import typer

from custodes.site.config import Config, load_config
from custodes.site.errors import DatabaseUnreachable, DataFolderNotWritable, DemonstrationIncomplete

MARKER = "demonstration"  # a file in data_dir: the database holds the demonstration
LOADING, LOADED = "loading", "loaded"


def prepare_django() -> Config:
    """Set Django up for a command, in demonstration mode where the database holds the demonstration. Raises SettingInvalid, DataFolderNotWritable."""
    config = load_config()
    _check_data_folder(config.site.data_dir)
    if _marker(config).exists():
        os.environ.setdefault("CUSTODES_DEMONSTRATION__ENABLED", "true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
    import django  # a second of import that --help must not pay

    django.setup()
    return config


def _check_data_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderNotWritable(
            f"it cannot be made: {error.strerror}.", where=f"[site] data_dir = {folder}", remedy="Name another folder."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataFolderNotWritable(
            "this account may not write there.",
            where=f"[site] data_dir = {folder}",
            remedy="Name another folder, or give this account the right to write.",
        )


def _marker(config: Config) -> Path:
    return config.site.data_dir / MARKER


def migrate_if_needed() -> int:
    """Bring the tables up to date and return how many steps that took; none is the usual case and is fast. Raises DatabaseUnreachable."""
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if steps:
            typer.echo(f"Preparing the database ({steps} steps) …")
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise DatabaseUnreachable(
            f"the database does not answer: {str(error).strip().splitlines()[0]}.",
            where="[database] url",
            remedy="Start the database, or correct the address.",
        ) from None
    return steps


def collect_static_if_stale() -> bool:
    """Copy style sheets and scripts to where they are served from, unless the copies are newer than the originals."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    originals = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([]))
    newest = max((path.stat().st_mtime for path in originals), default=0.0)
    if manifest.exists() and manifest.stat().st_mtime >= newest:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    return True


def is_database_empty() -> bool:
    """Whether nobody and nothing has been entered yet."""
    from custodes.ledger.models import Entry
    from custodes.people.models import Account

    return not Account.objects.exists() and not Entry.objects.exists()


def load_demonstration_if_empty(config: Config, *, required: bool) -> bool:
    """Load the Republic of Karuna into an empty database and return whether the database now holds it.

    The marker is written before the load and confirmed after it, so that a load that was killed is noticed. With `required`, a database
    that holds other data is a Problem. Raises DemonstrationIncomplete.
    """
    marker = _marker(config)
    state = marker.read_text().strip() if marker.exists() else ""
    if is_database_empty():
        marker.write_text(LOADING + "\n")
        os.environ["CUSTODES_DEMONSTRATION__ENABLED"] = "true"
        _load_demonstration()
        marker.write_text(LOADED + "\n")
        return True
    if state == LOADING:
        raise DemonstrationIncomplete(
            "the demonstration was interrupted while it was loaded.",
            where=str(config.site.data_dir),
            remedy="Empty the database and remove this folder (they hold nothing else), then start again.",
        )
    if required and state != LOADED:
        raise DemonstrationIncomplete(
            "the database holds other data than the demonstration.",
            where=str(config.site.data_dir),
            remedy="Start without --demo, or name an empty folder as data_dir.",
        )
    return state == LOADED


def _load_demonstration() -> None:
    from custodes.site.demo.load import load_demonstration  # imports the estimators

    typer.echo("Loading the demonstration, the fictional Republic of Karuna. This takes about a minute.")
    load_demonstration(tell=lambda step: typer.echo(f"  {step} …"))


def set_up(*, demo: bool, administrator: str | None, organisation: str) -> None:
    """What `custodes setup` does. Raises SetupClosed where an account exists already."""
    config = prepare_django()
    migrate_if_needed()
    collect_static_if_stale()
    if demo:
        load_demonstration_if_empty(config, required=True)
    if administrator:
        from custodes.people.actions import create_first_administrator

        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        create_first_administrator(administrator, password=password, organisation_name=organisation)
        typer.echo(f"{administrator} may sign in and add a second factor.")
    typer.echo("The installation is ready: custodes run")
