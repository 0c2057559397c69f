"""What to say and what to do for each code of pyxform's catalogue. In braces stand parts of pyxform's own message.

Codes of ours, for what pyxform says without one, stand beside them; `translation.PATTERNS` gives these out.
"""

from dataclasses import dataclass

from custodes.collection.xlsform.problems import Severity


@dataclass(frozen=True, slots=True)
class Advice:
    """How a fault is told: the place where the message itself names none, the fault, the remedy."""

    problem: str
    remedy: str
    sheet: str = "survey"
    column: str = ""
    severity: Severity = Severity.ERROR


PARAMETERS = "parameters"
RANGE_EXAMPLE = "Write, for example, start=0 end=10 step=1."
RENAME = "Rename it: a letter or _ first, then letters, digits, _, - and . only."
SEE_AS_WELL = "Entities are kept with the form, but not yet served."

ADVICE: dict[str, Advice] = {
    "HEADER_001": Advice("The headers of {sheet_name} cannot be read.", "Write the headers into the first row of the sheet.", "{sheet_name}"),
    "HEADER_002": Advice("The columns {other} and {header} mean the same.", "Keep one of them.", "{sheet_name}", "{header}"),
    "HEADER_003": Advice("Headers are missing: {missing}.", "Add them to the first row.", "{sheet_name}"),
    "HEADER_004": Advice(
        "The header {column} of choices is empty or holds a space.",
        "Write _ for the space, or remove the column.", "choices", "{column}", Severity.WARNING,
    ),
    "HEADER_005": Advice("Columns of entities are not known: {columns}.", "Check their spelling, or remove them.", "entities"),
    "LABEL_001": Advice("A choice has no label.", "Write what people will read.", "choices", "label", Severity.WARNING),
    "NAMES_001": Advice("The name {value} stands twice in one group.", "Rename one of them.", column="name"),
    "NAMES_002": Advice(
        "The name {value} differs from another only by capitals.",
        "Rename one of them.", column="name", severity=Severity.WARNING,
    ),
    "NAMES_003": Advice("A repeat cannot be named {value}, as the form is.", "Rename it.", column="name"),
    "NAMES_004": Advice("Two repeats are named {value}.", "Rename one of them.", column="name"),
    "NAMES_005": Advice("The name meta is reserved for the form's own data.", "Choose another.", column="name"),
    "NAMES_006": Advice("A choice has no name.", "Give it a short name that the data will show.", "choices", "name"),
    "NAMES_007": Advice(
        "The name of a choice stands twice in its list.",
        "Rename one; if it is meant, set allow_choice_duplicates to yes.", "choices", "name",
    ),
    "NAMES_008": Advice("This cannot be a name.", RENAME, "{sheet}", "{column}"),
    "NAMES_009": Advice("{name} cannot be a name.", RENAME, column="name"),
    "NAMES_010": Advice("This name may not begin with two underscores.", "Remove one.", "{sheet}", "{column}"),
    "NAMES_011": Advice("This name may not hold a point.", "Write _ for it.", "{sheet}", "{column}"),
    "NAMES_012": Advice("This may not be called name or label.", "Choose another name.", "{sheet}", "{column}"),
    "NAMES_013": Advice(
        "There is no sheet {sheet}, but there is {candidates}.",
        "Rename that sheet, or begin its name with _ if it is no part of the form.", "{sheet}", severity=Severity.WARNING,
    ),
    "NAMES_014": Advice("An entity list is declared twice.", "Remove one of them.", "entities", "list_name"),
    "NAMES_015": Advice("An entity list has no name.", "Write its list_name.", "entities", "list_name"),
    "PYREF_001": Advice(
        "A reference is not closed, or holds more than a question's name.",
        "Write it as ${{name}}, with the name of one question.", "{sheet}", "{column}",
    ),
    "PYREF_002": Advice("References stand side by side.", "Write a comma between them.", "{sheet}", "{column}"),
    "PYREF_003": Advice("No question is named {q}.", "Use a name from the survey sheet.", "{sheet}", "{column}"),
    "PYREF_004": Advice("{q} is the name of several rows.", "Rename all but one.", "{sheet}", "{column}"),
    "RANGE_001": Advice("The parameter {name} of a range is no number.", RANGE_EXAMPLE, column=PARAMETERS),
    "RANGE_002": Advice("The parameter {name} of a range is zero.", RANGE_EXAMPLE, column=PARAMETERS),
    "RANGE_003": Advice("The parameter {name} is larger than the range.", RANGE_EXAMPLE, column=PARAMETERS),
    "RANGE_004": Advice("The parameter {name} is no multiple of step.", RANGE_EXAMPLE, column=PARAMETERS),
    "RANGE_005": Advice("The parameter {name} lies outside start and end.", RANGE_EXAMPLE, column=PARAMETERS),
    "RANGE_006": Advice("tick_labelset names no list of choices.", "Write the name of a list.", column=PARAMETERS),
    "RANGE_007": Advice("With no-ticks, tick_labelset takes a list of two choices.", "Leave two choices in the list.", column=PARAMETERS),
    "RANGE_008": Advice("Ticks and a placeholder do not go with this appearance.", "Use vertical or no-ticks, or none.", column="appearance"),
    "RANGE_009": Advice("A choice of tick_labelset is no number.", "Write numbers as the names of its choices.", column=PARAMETERS),
    "RANGE_010": Advice("A choice of tick_labelset lies outside start and end.", "Change the choice, or the range.", column=PARAMETERS),
    "RANGE_011": Advice("A choice of tick_labelset lies between two steps of {name}.", "Change the choice, or the step.", column=PARAMETERS),
    "RANGE_012": Advice("With no-ticks, the choices of tick_labelset are the start and the end.", "Name them so.", column=PARAMETERS),
    "SURVEY_001": Advice("end {type} ends nothing.", "Remove it, or write the begin that belongs to it.", column="type"),
    "SURVEY_002": Advice("The {type} {name} begins and never ends.", "Write end {type} after its last question.", column="type"),
    "SURVEY_003": Advice("incremental may be true, or is left out.", "Write incremental=true.", column=PARAMETERS),
    "SURVEY_004": Advice("The parameters cannot be read.", "Write them as key=value, such as max-pixels=1024.", column=PARAMETERS),
    "SURVEY_005": Advice("This type of question knows no parameter {rejected}.", "Use {accepted}.", column=PARAMETERS),
    "SURVEY_006": Advice("reference-geometry names no list, file or repeat.", "Write a list name, or ${{repeat}}.", column=PARAMETERS),
    "SURVEY_007": Advice("capture-accuracy is no number.", "Write metres, such as capture-accuracy=10.", column=PARAMETERS),
    "SURVEY_008": Advice("warning-accuracy is no number.", "Write metres, such as warning-accuracy=100.", column=PARAMETERS),
    "SURVEY_009": Advice("allow-mock-accuracy is true or false.", "Write allow-mock-accuracy=false.", column=PARAMETERS),
    "ENTITY_001": Advice("save_to needs an entities sheet.", f"Add one with a list_name, or clear save_to. {SEE_AS_WELL}", column="save_to"),
    "ENTITY_002": Advice("Row {other_row} saves to {saveto} too.", "Change one of them.", column="save_to"),
    "ENTITY_003": Advice("A group or repeat cannot be saved to a property.", "Clear save_to in this row.", column="save_to"),
    "ENTITY_004": Advice("No entity list is named {dataset}.", "Check its spelling, or add it to entities.", column="save_to"),
    "ENTITY_005": Advice("The entity list {dataset} has no label.", "Write one, or an entity_id to update instead.", "entities", "label"),
    "ENTITY_006": Advice("The entity list {dataset} has no update_if.", "Write one, or remove entity_id.", "entities", "update_if"),
    "ENTITY_007": Advice("The entity list {dataset} has no entity_id.", "Write one, or use create_if.", "entities", "entity_id"),
    "ENTITY_008": Advice("There are several entity lists, and save_to does not say which.", "Write list_name#property.", column="save_to"),
    "ENTITY_009": Advice(
        "No group or repeat is left for this entity list; row {other_row} has it.",
        "Save to one list from each group.", "entities", "list_name",
    ),
    "ENTITY_011": Advice(
        "The entity list {dataset} is saved to from two places that do not fit.",
        "Copy the value by a calculate into one of them.", column="save_to",
    ),
    "ENTITY_012": Advice(
        "The entity list {dataset} refers to {question}, which does not fit its place.",
        "Copy the value by a calculate.", "entities",
    ),
    "ENTITY_013": Advice("save_to holds more than one #.", "Write list_name#property.", column="save_to"),
    "INTERNAL_001": Advice("pyxform cannot read the trigger of a row.", "Write one ${{name}} as the trigger.", column="trigger"),
    "INTERNAL_002": Advice("pyxform cannot tell where an entity's property comes from.", "Check save_to.", column="save_to"),
    "HEADER_DOUBLE": Advice("There are two columns {header}.", "Rename or remove one of them.", "", "{header}"),
    "TYPE_MISSING": Advice("The row has no type.", "Write one, such as text or integer.", column="type"),
    "TYPE_UNKNOWN": Advice("There is no question type {type}.", "Use a type of the XLSForm reference, such as text or integer.", column="type"),
    "NAME_MISSING": Advice("The row has no name.", "Give it a short name without spaces.", column="name"),
    "LIST_UNKNOWN": Advice("There is no list {list}.", "Add it to the sheet choices, or check the spelling.", column="type"),
    "LIST_EMPTY": Advice("The question has no choices.", "Add its list to the sheet choices, with list_name, name and label.", column="type"),
    "CHOICE_SPACE": Advice("The name {name} of the list {list} holds a space.", "Write _ for the space.", "choices", "name"),
    "CALCULATION_MISSING": Advice("The row calculates nothing.", "Write its formula.", column="calculation"),
    "BACKGROUND_GEOPOINT": Advice("{what}", "Give background-geopoint a trigger and no calculation.", column="trigger"),
    "PARAMETER_VALUE": Advice("{what}", "Mend the value in parameters.", column=PARAMETERS),
    "OR_OTHER": Advice("{what}", "Add an own question for the other answer instead of or_other.", column="type"),
    "OR_OTHER_LANGUAGES": Advice(
        "or_other adds a choice and a question that are in no language of the form.",
        "Add an own choice and question instead.", column="type", severity=Severity.WARNING,
    ),
    "FILE_EXTENSION": Advice("{what}", "Name a .csv, .xml or .geojson file.", column="type"),
    "SEARCH": Advice("{what}", "Use search() for all questions of the list, or give this one a list of its own.", column="appearance"),
    "LABEL_MISSING": Advice("{name} has neither label nor hint.", "Write what people will read.", column="label"),
    "BIG_IMAGE": Advice("{name} has a big-image and no image.", "Add the image.", column="big-image"),
    "AUDIT_NAME": Advice("An audit is always named audit.", "Leave its name empty.", column="name"),
    "TRIGGER_HIDDEN": Advice(
        "{name} is not shown to anybody, so nothing can wait for its answer.",
        "Use a question that is asked.", column="trigger",
    ),
    "INSTANCE_CLASH": Advice("{what}", "Give one of the files or lists another name.", column="type"),
    "ENCRYPTION_ID": Advice("A form that is encrypted needs an instanceID.", "Remove omit_instanceID.", "settings"),
    "FORM_ID_EMPTY": Advice("The form has no form_id.", "Write one.", "settings", "form_id"),
    "FORM_ID_TWICE": Advice("form_id and id_string both stand in settings.", "Keep form_id.", "settings", "form_id", Severity.WARNING),
    "SURVEY_MISSING": Advice("There is no sheet survey.", "Name the sheet with the questions survey.", "survey"),
    "DATE_AMBIGUOUS": Advice("The date cannot be read.", "Format the cell as text, and write it as 2024-01-31.", "{sheet}", "{column}"),
    "FILE_DAMAGED": Advice("{what}", "Open the file, save it again as .xlsx, and send it.", ""),
    "TABLE_LIST": Advice("{what}", "Give the questions of a table-list one list of choices, and no choice_filter.", column="type"),
    "REPEAT_LABEL": Advice("{name} has no label.", "Write what people will read.", column="label", severity=Severity.WARNING),
    "DISABLED": Advice("The column disabled is no part of the standard any more.", "Use relevant.", column="disabled", severity=Severity.WARNING),
    "ROW_SKIPPED": Advice(
        "The row has no type, name or label, and is left out.",
        "Clear it, or complete it.", column="type", severity=Severity.WARNING,
    ),
    "MAX_PIXELS": Advice(
        "The photo has no limit of size.",
        "Write max-pixels=1024 in parameters: it is sent sooner.", column=PARAMETERS, severity=Severity.WARNING,
    ),
    "DEVICE_FIELD": Advice("Phones no longer give {type}.", "Use deviceid.", column="type", severity=Severity.WARNING),
    "EXTERNAL_FILTER": Advice(
        "select_one_external is meant for filtered lists.",
        "Add a choice_filter, or use select_one.", column="choice_filter", severity=Severity.WARNING,
    ),
    "TRANSLATION_MISSING": Advice(
        "The language {language} lacks {columns} in {sheet}.",
        "Add the columns, or fill them in.", "{sheet}", severity=Severity.WARNING,
    ),
    "LANGUAGE_CODE": Advice(
        "Languages have no code: {languages}.",
        "Write the code in brackets, such as Arabic (ar).", "survey", severity=Severity.WARNING,
    ),
    "VALIDATE": Advice("ODK Validate says: {what}", "Mend the expression it names.", column=""),
}  # fmt: skip
