"""Converts a form's file in a process of its own: what strangers send may ask for gigabytes or for ever, and the worker must outlive it.

The process may use 1 GB of memory and 120 seconds of the processor, and opens no connection. `python -m` runs it, free of Django, with the file's
path, its name and where the answer goes; the answer is one JSON object.
"""

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from custodes.collection.xlsform.conversion import convert_form
from custodes.collection.xlsform.problems import FormProblem
from custodes.collection.xlsform.validation import java_or_none, odk_validate
from custodes.collection.xlsform.workbook import Workbook, read_workbook

logger = logging.getLogger(__name__)
MOST_MEMORY = 1_000_000_000  # bytes
MOST_PROCESSOR_SECONDS = 120
MOST_SECONDS = 600  # on the clock, with ODK Validate
FORBIDDEN_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")
OUT_OF_MEMORY = 3  # exit code of the process
SPLIT = "Split the form, or bring long lists of choices as a CSV file beside it."


@dataclass(frozen=True, slots=True)
class ConvertedForm:
    """What came of a file: its XForm where no problem is an error, the list of external choices, and the author's ids by path."""

    problems: tuple[FormProblem, ...]
    xform: str | None = None
    itemsets: str | None = None
    stable_ids: Mapping[str, str] = field(default_factory=dict)


def convert_apart(file: Path, *, file_name: str, tick: Callable[[], object] = lambda: None) -> ConvertedForm:
    """Convert a file within bounds; whoever exceeds them gets a problem and not an error. `tick` is called while it goes on."""
    with tempfile.TemporaryDirectory() as folder:
        answer, said = Path(folder) / "answer.json", Path(folder) / "stderr"
        command = [sys.executable, "-m", __name__, str(file), file_name, str(answer)]
        with said.open("wb") as stream:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream
            )  # fmt: skip
        try:
            if not _ended(child, tick):
                return _refused("CONVERSION_TOO_SLOW", f"The form was not converted within {MOST_SECONDS} seconds.")
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if child.returncode == 0:
            return _converted(json.loads(answer.read_text(encoding="utf-8")))
        logger.warning("The conversion of %s ended with %d: %s", file, child.returncode, said.read_bytes()[-2000:])
    return _ended_early(child.returncode)


def _ended_early(code: int) -> ConvertedForm:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):  # the soft and the hard limit of processor time
        return _refused(
            "CONVERSION_TOO_SLOW", f"Converting the form takes more than {MOST_PROCESSOR_SECONDS} seconds of the processor."
        )  # fmt: skip
    if code == OUT_OF_MEMORY or code < 0:
        return _refused("CONVERSION_TOO_LARGE", "The form cannot be converted within 1 GB of memory.")
    return _refused("CONVERSION_BROKE", "The form breaks the converter, or needs more than 1 GB of memory.")


def _ended(child: "subprocess.Popen[bytes]", tick: Callable[[], object]) -> bool:
    for _second in range(MOST_SECONDS):
        try:
            child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            tick()
        else:
            return True
    return False


def _refused(code: str, problem: str) -> ConvertedForm:
    return ConvertedForm((FormProblem(code, "", None, "", problem, SPLIT),))


def _converted(answer: Mapping[str, Any]) -> ConvertedForm:
    problems = tuple(FormProblem(**each) for each in answer["problems"])
    return ConvertedForm(problems, answer["xform"], answer["itemsets"], answer["stable_ids"])


def main(file: Path, *, file_name: str, answer: Path) -> None:
    """What the process of its own does."""
    sys.addaudithook(_no_connection)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_PROCESSOR_SECONDS, MOST_PROCESSOR_SECONDS + 5))
    content = file.read_bytes()
    made = convert_form(content, file_name=file_name)
    xform, problems = made.xform, made.problems
    java = java_or_none()
    if xform is not None and java is not None and made.kind is not None:
        book = read_workbook(content, made.kind) if made.kind != "xml" else Workbook({}, ())
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))  # Java reserves more than it uses and is bound by -Xmx
        told = odk_validate(xform, book, java=java) if isinstance(book, Workbook) else ()
        problems, xform = (*problems, *told), None if told else xform
    written = {
        "xform": xform,
        "itemsets": made.itemsets if xform is not None else None,
        "problems": [asdict(each) for each in problems],
        "stable_ids": {each.path: each.id for each in made.stable_names},
    }
    text = json.dumps(written, ensure_ascii=False).replace("\\u0000", "\ufffd")  # PostgreSQL keeps no NUL
    answer.write_text(text, encoding="utf-8", errors="replace")


def _no_connection(event: str, _arguments: object) -> None:
    if event in FORBIDDEN_EVENTS:
        raise PermissionError(f"{event}: a form is converted without the network")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), file_name=sys.argv[2], answer=Path(sys.argv[3]))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)  # nothing is left to do, and tearing down large trees takes time
