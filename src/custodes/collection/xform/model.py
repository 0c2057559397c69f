"""A parsed form: what it asks, in which order, under which conditions, in which words. Values only; nothing here changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from custodes.collection.xform.texts import Media, Text

METADATA = "metadata"
SELECTS = frozenset({"select_one", "select_multiple", "rank"})
FILES = frozenset({"image", "audio", "video", "file"})
PLACES = frozenset({"geopoint", "geotrace", "geoshape"})


@dataclass(frozen=True, slots=True)
class Bind:
    """The conditions of one answer, as expressions; empty where there is none."""

    type: str = "string"
    relevant: str = ""
    constraint: str = ""
    constraint_message: Text = field(default_factory=Text)
    required: str = ""
    required_message: Text = field(default_factory=Text)
    readonly: str = ""
    calculate: str = ""
    preload: str = ""
    preload_parameter: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A further column of a choice, by which lists are filtered."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list."""

    value: str
    label: Text
    media: tuple[Media, ...] = ()
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Itemset:
    """Where choices come from: the nodes, the id of the list they are in ("" where they come from answers), and what is value and label of each."""

    nodeset: str
    instance: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a control, such as the step of a range."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """One leaf of a record: asked, calculated, hidden, or filled in by the device.

    `kind` is the XLSForm type in its plain form; `repeats` are the paths of the repeats around it, outermost first; `stable_id` is what the form's
    author wrote under `custodes::id`.
    """

    path: str
    kind: str
    bind: Bind
    control: str = ""
    appearance: str = ""
    label: Text = field(default_factory=Text)
    hint: Text = field(default_factory=Text)
    guidance: Text = field(default_factory=Text)
    media: tuple[Media, ...] = ()
    choices: tuple[Choice, ...] = ()
    itemset: Itemset | None = None
    parameters: tuple[Parameter, ...] = ()
    default: str = ""
    repeats: tuple[str, ...] = ()
    stable_id: str = ""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rsplit("/", 1)[1]

    @property
    def is_asked(self) -> bool:
        """Whether a person sees it and can answer; a note is seen only."""
        return bool(self.control) and self.kind != "note"

    def parameter(self, name: str) -> str:
        """The value of a parameter; empty where it is not set."""
        return next((each.value for each in self.parameters if each.name == name), "")


@dataclass(frozen=True, slots=True)
class QuestionPlace:
    """Where a question stands in the body."""

    path: str


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that stand together; `path` is empty where a group only frames them."""

    path: str
    label: Text
    appearance: str
    children: tuple["Node", ...]
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Questions that are asked again; `count` is an expression or empty, and `is_fixed` says that nobody adds or removes by hand."""

    path: str
    label: Text
    appearance: str
    count: str
    is_fixed: bool
    children: tuple["Node", ...]
    media: tuple[Media, ...] = ()


Node = QuestionPlace | Group | Repeat


@dataclass(frozen=True, slots=True)
class SecondaryInstance:
    """A list that the form brings along (`xml`) or that is attached to it (`source`, with the name of the file)."""

    id: str
    source: str
    xml: bytes

    @property
    def file_name(self) -> str:
        """The name of the attached file; empty where the list is in the form."""
        return self.source.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class SetValue:
    """An action: on one of these events, of the question `trigger` or of the whole form, the target gets a value."""

    events: tuple[str, ...]
    trigger: str
    target: str
    expression: str
    text: str


@dataclass(frozen=True, slots=True)
class GroupBind:
    """The conditions of a group or repeat; of these only `relevant` and `readonly` matter."""

    path: str
    bind: Bind


@dataclass(frozen=True, slots=True)
class NamespacePrefix:
    """A prefix of the form's XML."""

    prefix: str
    address: str


@dataclass(frozen=True, slots=True)
class NamedText:
    """A translated text under its id, which expressions can ask for by jr:itext()."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form. `template` is its primary instance as XML, `questions` stand in the order of that instance, `nodes` in that of the body."""

    form_id: str
    version: str
    title: str
    root: str
    languages: tuple[str, ...]
    nodes: tuple[Node, ...]
    questions: tuple[Question, ...]
    group_binds: tuple[GroupBind, ...]
    instances: tuple[SecondaryInstance, ...]
    actions: tuple[SetValue, ...]
    texts: tuple[NamedText, ...]
    media_files: tuple[str, ...]
    style: str
    submission_address: str
    encryption_key: str
    namespaces: tuple[NamespacePrefix, ...]
    template: bytes

    @property
    def default_language(self) -> str:
        """The language in which the form opens; empty where it names none."""
        return self.languages[0] if self.languages else ""

    @property
    def metadata(self) -> tuple[Question, ...]:
        """What the device fills in."""
        return tuple(each for each in self.questions if each.kind == METADATA)

    @property
    def repeats(self) -> tuple[Repeat, ...]:
        """Every repeat, outer before inner."""
        return tuple(each for each in walk_nodes(self.nodes) if isinstance(each, Repeat))

    @property
    def is_encrypted(self) -> bool:
        """Whether records leave the device sealed."""
        return bool(self.encryption_key)

    def question(self, path: str) -> Question | None:
        """The question of a path."""
        return next((each for each in self.questions if each.path == path), None)


def walk_nodes(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """The nodes of a body from top to bottom."""
    for node in nodes:
        yield node
        if isinstance(node, Group | Repeat):
            yield from walk_nodes(node.children)
