"""Makes a form from a file: what it is, what is wrong with it, and its XForm. Slow and greedy, so it belongs in a background job."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from custodes.collection.errors import ExpressionInvalid, FormUnreadable
from custodes.collection.xform.function_table import check_functions
from custodes.collection.xform.parsing import parsed
from custodes.collection.xform.safety import safe_xml
from custodes.collection.xlsform.columns import NamedSheet
from custodes.collection.xlsform.kinds import FormFileKind, form_file_kind
from custodes.collection.xlsform.precheck import precheck
from custodes.collection.xlsform.problems import FormProblem, as_warning, in_order
from custodes.collection.xlsform.survey_rows import survey_rows
from custodes.collection.xlsform.translation import Translator
from custodes.collection.xlsform.validation import java_or_none, odk_validate
from custodes.collection.xlsform.workbook import Workbook, read_workbook

ROOT = "data"
BINDS = ("relevant", "constraint", "calculate", "required", "readonly")
EMPTY = Workbook({}, ())


@dataclass(frozen=True, slots=True)
class StableName:
    """What an explicit `custodes::id` column says of one question: its id, for the path below the form's root."""

    path: str
    id: str


@dataclass(frozen=True, slots=True)
class FormConversion:
    """What came of a file: the XForm where it is a form without errors, and everything that a person should know of it."""

    kind: FormFileKind | None
    xform: str | None
    itemsets: str | None
    problems: tuple[FormProblem, ...]
    stable_names: tuple[StableName, ...] = ()

    @property
    def errors(self) -> tuple[FormProblem, ...]:
        """What must be mended before the form can be published."""
        return tuple(each for each in self.problems if each.is_error)

    @property
    def warnings(self) -> tuple[FormProblem, ...]:
        """What is worth a look."""
        return tuple(each for each in self.problems if not each.is_error)


@dataclass(frozen=True, slots=True)
class _Converted:
    """What pyxform made of a workbook."""

    xform: str | None
    itemsets: str | None
    problems: tuple[FormProblem, ...]


def convert_form(content: bytes, *, file_name: str, validate: bool = False) -> FormConversion:
    """The form in a file, with all that is wrong with it.

    Returns  the XForm only where no error stands in `problems`. `file_name` names the form where its settings do not.
             With `validate`, ODK Validate has its say too, where Java is installed.
    """
    kind = form_file_kind(content)
    if isinstance(kind, FormProblem):
        return FormConversion(None, None, None, (kind,))
    if kind == FormFileKind.XFORM:
        return _from_xform(content, validate=validate)
    book = read_workbook(content, kind)
    if isinstance(book, FormProblem):
        return FormConversion(kind, None, None, (book,))
    seen = precheck(book)
    made = _converted(content, book, kind=kind, file_name=file_name)
    problems = _together(seen, made)
    is_clean = made.xform is not None and not any(each.is_error for each in problems)
    if is_clean and made.xform is not None and validate and (java := java_or_none()) is not None:
        problems = in_order((*problems, *odk_validate(made.xform, book, java=java)))
        is_clean = not any(each.is_error for each in problems)
    if not is_clean:
        return FormConversion(kind, None, None, problems)
    return FormConversion(kind, made.xform, made.itemsets, problems, stable_names(book))


def _converted(content: bytes, book: Workbook, *, kind: FormFileKind, file_name: str) -> _Converted:
    from pyxform.errors import PyXFormError  # 1.4 s to import; only jobs come here
    from pyxform.xls2json_backends import Definition, SupportedFileTypes
    from pyxform.xls2xform import convert

    translator = Translator(book)
    text = kind in {FormFileKind.CSV, FormFileKind.MARKDOWN}
    plain = content.decode("utf-8-sig").encode() if text else content  # a mark of byte order would hide the first sheet
    source = Definition(BytesIO(plain), SupportedFileTypes(f".{kind}"), PurePath(file_name).stem or ROOT)
    said: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = convert(source, warnings=said, form_name=ROOT, file_type=f".{kind}")  # type: ignore[arg-type]
        made = _Converted(result.xform, result.itemsets, ())
    except PyXFormError as error:
        made = _Converted(None, None, translator.error(error))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        # Some damaged workbooks break pyxform instead of being refused by it; what precheck found says why.
        what = f"pyxform cannot convert the form ({type(error).__name__}: {error})."
        problem = FormProblem("CONVERSION_BROKE", "", None, "", what, "Mend the other problems first, then try again.")
        made = _Converted(None, None, (problem,))
    told = tuple(problem for text in said for problem in translator.warning(text))
    return _Converted(made.xform, made.itemsets, (*made.problems, *told))


def _together(seen: tuple[FormProblem, ...], made: _Converted) -> tuple[FormProblem, ...]:
    """What we saw and what pyxform said, each fault once. Where pyxform takes the form, only expressions can still be errors."""
    if made.xform is not None:
        seen = tuple(each if each.code.startswith("EXPRESSION") else as_warning(each) for each in seen)
    places = {(each.sheet, each.row, each.code) for each in seen}
    faulty = {(each.sheet, each.row) for each in seen if each.is_error}
    kept = [
        each
        for each in made.problems
        if (each.sheet, each.row, each.code) not in places
        and not (each.is_error and (each.sheet, each.row) in faulty)
        and not (each.code == "CONVERSION_BROKE" and faulty)
    ]
    return in_order((*seen, *kept))


def stable_names(book: Workbook) -> tuple[StableName, ...]:
    """The ids that the column `custodes::id` of a survey gives to its questions."""
    survey = NamedSheet(book.sheet("survey"))
    column = next((each for each in survey.columns if (each.name, each.language) == ("custodes", "id")), None)
    if column is None:
        return ()
    return tuple(
        StableName("/".join(("", ROOT, *each.path)), each.row.cells[column])
        for each in survey_rows(survey)
        if column in each.row.cells and each.name and not each.ends
    )


def _from_xform(content: bytes, *, validate: bool) -> FormConversion:
    try:
        root = safe_xml(content)
    except FormUnreadable as problem:
        found = FormProblem("XFORM_UNREADABLE", "", None, problem.where, problem.what, problem.remedy)
        return FormConversion(FormFileKind.XFORM, None, None, (found,))
    problems: list[FormProblem] = []
    for bind in root.iter("{http://www.w3.org/2002/xforms}bind"):
        for name in BINDS:
            try:
                if text := bind.get(name):
                    check_functions(parsed(text))
            except ExpressionInvalid as wrong:
                place = bind.get("nodeset", "")
                told = FormProblem(
                    "EXPRESSION_SYNTAX", place, bind.sourceline, name, wrong.what, wrong.remedy, text=text, at=wrong.at
                )
                problems.append(told)
    xform = content.decode("utf-8-sig")
    if not problems and validate and (java := java_or_none()) is not None:
        problems.extend(odk_validate(xform, EMPTY, java=java))
    return FormConversion(FormFileKind.XFORM, None if problems else xform, None, in_order(problems))
