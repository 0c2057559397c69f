"""ODK Validate, whose program comes with pyxform, where Java is installed: the verdict of the field's own clients."""

import re
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from custodes.collection.xlsform.columns import NamedSheet
from custodes.collection.xlsform.problems import FormProblem
from custodes.collection.xlsform.remedies import ADVICE
from custodes.collection.xlsform.workbook import Workbook

LONGEST_SECONDS = 120
JAVA_LINE = re.compile(r"^\s*(?:at |\.\.\. |Caused by: )|\.java:\d+")
EXCEPTION = re.compile(r"^(?:[\w$]+\.)+\w*(?:Exception|Error):?\s*")
PATH = re.compile(r"/[\w.\-]+(?:/[\w.\-]+)+")
NOISE = ("Result: Invalid", "Xform is valid", "Form parses", ">>", "Errors found")


def java_or_none() -> str | None:
    """Where Java is, if it is installed."""
    return shutil.which("java")


def odk_validate(xform: str, workbook: Workbook, *, java: str) -> tuple[FormProblem, ...]:
    """What ODK Validate refuses in a form, at the row of the question it names; nothing where it accepts it."""
    jar = files("pyxform.validators.odk_validate") / "bin" / "ODK_Validate.jar"
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "form.xml"
        form.write_text(xform, encoding="utf-8")
        command = [java, "-Djava.awt.headless=true", "-Xmx512m", "-jar", str(jar), str(form)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            what = f"ODK Validate did not finish in {LONGEST_SECONDS} seconds."
            return (FormProblem("VALIDATE", "", None, "", what, "Split the form, or try again."),)
    if done.returncode == 0:
        return ()
    return _told(done.stderr.decode("utf-8", "replace"), workbook)


def _told(report: str, workbook: Workbook) -> tuple[FormProblem, ...]:
    lines = [EXCEPTION.sub("", line).strip() for line in report.splitlines() if not JAVA_LINE.search(line)]
    kept = list(dict.fromkeys(line for line in lines if line and not line.startswith(NOISE)))
    what = " ".join(kept) or "the form is not valid."
    advice = ADVICE["VALIDATE"]
    survey = NamedSheet(workbook.sheet("survey"))
    names = [path.rsplit("/", 1)[1] for path in PATH.findall(what)]
    row = next((row for name in names for row in survey.rows if row.text("name") == name), None)
    return (survey.problem("VALIDATE", row, "name", advice.problem.format(what=what), advice.remedy),)
