"""One shape: the modules of every app have the names that the architecture gives them, or a decision record says why not."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "custodes"
SHAPE = {
    "models", "rules", "permissions", "queries", "actions", "forms", "api", "views", "urls", "tasks", "errors",
}  # fmt: skip
DJANGO = {"__init__", "apps", "migrations", "templatetags", "templates", "management"}
NOT_APPS = {"evidence", "site", "static", "locale"}  # a library, the assembly, and files


def modules() -> dict[str, list[str]]:
    """The modules and packages of each app."""
    apps = [folder for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists() and folder.name not in NOT_APPS]
    return {
        app.name: sorted(
            each.stem
            for each in app.iterdir()
            if each.suffix == ".py" or (each.is_dir() and any(each.rglob("*.py")) and each.name != "__pycache__")
        )
        for app in apps
    }


def recorded() -> set[str]:
    """Every module that decision 6 names, as app/module."""
    text = (REPOSITORY / "docs" / "decisions" / "0006-new-kinds-of-file.md").read_text(encoding="utf-8")
    found: set[str] = set()
    for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE):
        app = ""
        for name in re.findall(r"`([\w/]+?)/?(?:\.py)?`", row):
            app, name = name.split("/") if "/" in name else (app, name)
            found.add(f"{app}/{name}")
    return found


def test_modules_of_an_app_keep_the_shape_or_are_recorded():
    named = recorded()
    strange = [
        f"{app}/{name}"
        for app, names in modules().items()
        for name in names
        if name not in SHAPE | DJANGO and f"{app}/{name}" not in named
    ]

    assert len(modules()) >= 9
    assert strange == [], "name it by the shape, or add it to docs/decisions/0006"


def test_decision_of_new_files_names_none_that_is_gone():
    gone = [
        name
        for name in recorded()
        if not ((PACKAGE / f"{name}.py").exists() or (PACKAGE / name / "__init__.py").exists())
    ]

    assert gone == []
