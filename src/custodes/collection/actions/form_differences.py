"""What a form's file asks, and how that differs from what the form has asked so far: the summary that a person looks at before publishing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from custodes.collection.actions.forms import LIST_ENDINGS
from custodes.collection.actions.keeping import FORMS, place_by_hash
from custodes.collection.models import Form, FormVersion, QuestionVersion
from custodes.collection.xform.identity import VersionDifference, compare_versions
from custodes.collection.xform.model import Form as XForm
from custodes.collection.xform.model import Question as XQuestion
from custodes.collection.xform.reading import parse_form
from custodes.collection.xform.texts import Text


@dataclass(frozen=True, slots=True)
class KnownQuestions:
    """All that a form has ever asked, each question as it was asked last; `ids` names it by path, `current` are the paths still asked."""

    xform: XForm
    ids: Mapping[str, int]
    current: frozenset[str]


def known_questions(form: Form) -> KnownQuestions | None:
    """The questions of a form's versions; None before the first. A question that was removed may come back as itself."""
    if form.current is None:
        return None
    latest: dict[int, QuestionVersion] = {}
    rows = QuestionVersion.objects.filter(version__form=form).select_related("version", "question")
    for row in rows.defer("labels", "choices").order_by("version__number", "position"):
        latest[row.question.merged_into_id or row.question_id] = row
    xform = version_xform(form.current)
    asked = {form.current.pk: xform}
    current = frozenset(row.path for row in latest.values() if row.version_id == form.current.pk)
    questions: list[XQuestion] = []
    ids: dict[str, int] = {}
    for pk, row in sorted(latest.items(), key=lambda pair: (pair[1].path not in current, pair[1].position)):
        if row.path in ids:
            continue  # another question has that path today
        if row.version_id not in asked:
            asked[row.version_id] = version_xform(row.version)
        found = asked[row.version_id].question(row.path)
        if found is not None:
            questions.append(replace(found, stable_id=row.question.stable_id))
            ids[row.path] = pk
    return KnownQuestions(replace(xform, questions=tuple(questions)), ids, current)


def version_xform(version: FormVersion) -> XForm:
    """A published version, read from its own bytes."""
    return parse_form(place_by_hash(FORMS, version.xform_sha256, ".xml").read_bytes())


def form_summary(xform: XForm, *, form: Form | None, stable_ids: Mapping[str, str]) -> dict[str, Any]:
    """What the pages, the API and publishing read of a converted file, as JSON."""
    known = known_questions(form) if form is not None else None
    wanted = sorted(xform.media_files)
    return {
        "against": form.current_id if form is not None else None,
        "languages": list(xform.languages),
        "questions": [_question(each) for each in xform.questions if not is_machinery(each)],
        "stable_ids": dict(stable_ids),
        "media": wanted,
        "lists": _lists(xform),
        "encrypted": xform.is_encrypted,
        **(_differences(compare_versions(known.xform, xform), known) if known is not None else _all_new(xform)),
    }


def _lists(xform: XForm) -> dict[str, list[str]]:
    """The attached lists by file name, each with the columns that the form takes choices from."""
    files = {each.id: each.file_name for each in xform.instances}
    columns: dict[str, set[str]] = {name: set() for name in xform.media_files if name.lower().endswith(LIST_ENDINGS)}
    for question in xform.questions:
        file = files.get(question.itemset.instance, "") if question.itemset is not None else ""
        if question.itemset is not None and file in columns:
            columns[file] |= {name for name in (question.itemset.value, question.itemset.label) if name.isidentifier()}
    return {name: sorted(found) for name, found in sorted(columns.items())}


def is_machinery(question: XQuestion) -> bool:
    """Whether the form's own machinery fills it in, which no person needs to look at."""
    return question.kind == "metadata"


def wordings(text: Text) -> dict[str, str]:
    """A text by language, as rows keep it."""
    return {each.language: each.plain for each in text.wordings}


def _question(question: XQuestion) -> dict[str, Any]:
    source = question.itemset.instance if question.itemset is not None and not question.choices else ""
    return {
        "path": question.path, "name": question.name, "type": question.kind, "labels": wordings(question.label),
        "choices": len(question.choices), "list": source, "repeat": question.repeats[-1] if question.repeats else "",
    }  # fmt: skip


def _all_new(xform: XForm) -> dict[str, Any]:
    empty: dict[str, Any] = {"matches": {}, "proposals": [], "removed": [], "renamed": [], "retyped": []}
    return empty | {"relabelled": [], "choices": [], "added": [each.path for each in xform.questions]}


def _differences(found: VersionDifference, known: KnownQuestions) -> dict[str, Any]:
    moved = {each.after.path: each for each in (*found.renamed, *found.moved)}
    return {
        "matches": {each.after.path: known.ids[each.before.path] for each in found.matches},
        "added": [each.path for each in found.added],
        "removed": [
            {"question": known.ids[each.path], "path": each.path, "type": each.kind, "labels": wordings(each.label)}
            for each in found.removed
            if each.path in known.current
        ],
        "proposals": [
            {"question": known.ids[each.before.path], "before": each.before.path, "after": each.after.path,
             "reasons": list(each.reasons), "labels": wordings(each.after.label)}
            for each in found.proposals
        ],
        "renamed": [{"before": each.before.path, "path": path} for path, each in moved.items()],
        "retyped": [
            {"path": each.after.path, "before": each.before.kind, "after": each.after.kind} for each in found.retyped
        ],
        "relabelled": [
            {"path": each.match.after.path, "language": each.language, "before": each.before, "after": each.after}
            for each in found.relabelled
        ],
        "choices": [
            {"path": each.match.after.path, "added": list(each.added), "removed": list(each.removed)}
            for each in found.choices
        ],
    }  # fmt: skip
