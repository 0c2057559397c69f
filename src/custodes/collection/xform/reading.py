"""Reads the XML of an XForm into a `Form`."""

from collections.abc import Iterator, Mapping

from lxml import etree

from custodes.collection.errors import FormUnreadable
from custodes.collection.xform.body import SETTERS, BodyReader, Control, set_value
from custodes.collection.xform.model import (
    METADATA,
    Bind,
    Form,
    Group,
    GroupBind,
    NamedText,
    NamespacePrefix,
    Parameter,
    Question,
    Repeat,
    SecondaryInstance,
    walk_nodes,
)
from custodes.collection.xform.safety import REMEDY, safe_xml
from custodes.collection.xform.texts import XF, Text, Translations, message_text

XHTML = "{http://www.w3.org/1999/xhtml}"
JR = "{http://openrosa.org/javarosa}"
ORX = "{http://openrosa.org/xforms}"
XFORMS = "http://www.w3.org/2002/xforms"
INPUT_KINDS = {
    "int": "integer", "integer": "integer", "long": "integer", "decimal": "decimal", "double": "decimal", "float": "decimal", "date": "date",
    "time": "time", "dateTime": "datetime", "geopoint": "geopoint", "geotrace": "geotrace", "geoshape": "geoshape", "barcode": "barcode",
    "boolean": "boolean",
}  # fmt: skip
CONTROL_KINDS = {
    "select1": "select_one",
    "select": "select_multiple",
    "rank": "rank",
    "trigger": "acknowledge",
    "range": "range",
}


def parse_form(content: bytes | str, *, stable_ids: Mapping[str, str] | None = None) -> Form:
    """The form in an XForm's XML; `stable_ids` gives questions, by path, the id that their author wrote.

    Refuses  FormUnreadable where it is no XForm, has no primary instance, or is built to do harm (see `safe_xml`).
    """
    root = safe_xml(content.encode() if isinstance(content, str) else content)
    model, body = root.find(f"{XHTML}head/{XF}model"), root.find(f"{XHTML}body")
    instances = model.findall(f"{XF}instance") if model is not None else []
    if model is None or body is None or not instances or len(instances[0]) == 0:
        raise FormUnreadable("The XML is no XForm: it has no model with an instance, or no body.", remedy=REMEDY)
    primary = instances[0][0]
    translations = Translations(model)
    binds = {each.get("nodeset", "").strip(): each for each in model.findall(f"{XF}bind")}
    lists = {each.get("id", ""): each[0] for each in instances[1:] if len(each)}
    reader = BodyReader(
        translations, lists, {each.get("id", ""): path for path, each in binds.items() if each.get("id")}
    )
    nodes = reader.nodes(body)
    reader.actions[:0] = [set_value(each, trigger="") for each in model if etree.QName(each).localname in SETTERS]
    repeats = tuple(each.path for each in walk_nodes(nodes) if isinstance(each, Repeat))
    groups = {each.path for each in walk_nodes(nodes) if isinstance(each, Group | Repeat)}
    leaves = list(_leaves(primary, f"/{etree.QName(primary).localname}", groups))
    submission = model.find(f"{XF}submission")
    attached = tuple(_secondary(each) for each in instances[1:])
    return Form(
        form_id=primary.get("id") or primary.get(f"{ORX}id") or primary.nsmap.get(None) or "",
        version=primary.get("version") or primary.get(f"{ORX}version") or "",
        title=(root.findtext(f"{XHTML}head/{XHTML}title") or "").strip(),
        root=etree.QName(primary).localname,
        languages=translations.languages,
        nodes=nodes,
        questions=tuple(
            _question(path, leaf, binds.get(path), reader.controls.get(path), repeats, translations, stable_ids or {})
            for path, leaf in leaves
        ),
        group_binds=tuple(
            GroupBind(path, _bind(each, translations))
            for path, each in binds.items()
            if path not in {leaf for leaf, _ in leaves}
        ),
        instances=attached,
        actions=tuple(reader.actions),
        texts=tuple(NamedText(key, translations.text(key)) for key in translations.entries),
        media_files=_media_files(translations, attached),
        style=body.get("class", ""),
        submission_address=submission.get("action", "") if submission is not None else "",
        encryption_key=submission.get("base64RsaPublicKey", "") if submission is not None else "",
        namespaces=tuple(NamespacePrefix(prefix, address) for prefix, address in root.nsmap.items() if prefix),
        template=etree.tostring(primary, with_tail=False),
    )


def _leaves(element: etree._Element, path: str, groups: set[str]) -> Iterator[tuple[str, etree._Element]]:
    """The leaves of the primary instance with their paths; of a repeat the template alone, or its first instance."""
    seen: set[str] = set()
    for child in element:
        below = f"{path}/{step_name(child)}"
        if below in seen:
            continue
        seen.add(below)
        if len(child):
            yield from _leaves(child, below, groups)
        elif below not in groups:
            yield below, child


def step_name(element: etree._Element) -> str:
    """The name of an element as expressions write it: without the XForms namespace, with the prefix of another."""
    name = etree.QName(element)
    if name.namespace in {None, XFORMS} or element.prefix is None:
        return str(name.localname)
    return f"{element.prefix}:{name.localname}"


def _question(
    path: str, leaf: etree._Element, bind: etree._Element | None, control: Control | None, repeats: tuple[str, ...],
    translations: Translations, stable_ids: Mapping[str, str],
) -> Question:  # fmt: skip
    conditions = _bind(bind, translations)
    own_id = next(
        (value for key, value in (bind.attrib.items() if bind is not None else ()) if str(key).endswith("}id")), ""
    )
    limits = tuple(each for each in _limits(bind))
    shown = control or Control(path, "", "", Text(), Text(), Text(), (), (), None, ())
    return Question(
        path=path,
        kind=_kind(path, conditions, shown),
        bind=conditions,
        control=shown.name,
        appearance=shown.appearance,
        label=shown.label,
        hint=shown.hint,
        guidance=shown.guidance,
        media=shown.media,
        choices=shown.choices,
        itemset=shown.itemset,
        parameters=(*shown.parameters, *limits),
        default=leaf.text or "",
        repeats=tuple(each for each in repeats if path.startswith(f"{each}/")),
        stable_id=stable_ids.get(path, str(own_id)),
    )


def _limits(bind: etree._Element | None) -> Iterator[Parameter]:
    """What a bind says to the device beyond conditions, such as the size of a photo."""
    for key, value in bind.attrib.items() if bind is not None else ():
        name = etree.QName(key)
        if name.namespace not in {None, JR.strip("{}")} and name.localname != "id":
            yield Parameter(name.localname, str(value))


def _bind(element: etree._Element | None, translations: Translations) -> Bind:
    if element is None:
        return Bind()
    given = {str(key): str(value) for key, value in element.attrib.items()}
    return Bind(
        type=given.get("type", "string").split(":")[-1],
        constraint_message=message_text(given, "constraintMsg", translations),
        required_message=message_text(given, "requiredMsg", translations),
        preload=given.get(f"{JR}preload", ""),
        preload_parameter=given.get(f"{JR}preloadParams", ""),
        **{
            name: given.get(name, "").strip()
            for name in ("relevant", "constraint", "required", "readonly", "calculate")
        },
    )


def _kind(path: str, bind: Bind, control: Control) -> str:
    if not control.name:
        if bind.preload or "/meta/" in path or path.endswith("/meta") or ":meta/" in path:
            return METADATA
        return "calculate" if bind.calculate else "hidden"
    if control.name == "upload":
        media = next((each.value for each in control.parameters if each.name == "mediatype"), "")
        return {"image/*": "image", "audio/*": "audio", "video/*": "video"}.get(media, "file")
    if control.name in CONTROL_KINDS:
        return CONTROL_KINDS[control.name]
    if control.itemset is not None:
        return "select_one"  # select_one_external is an input with a query
    if bind.type == "string" and bind.readonly == "true()" and not bind.calculate:
        return "note"
    return INPUT_KINDS.get(bind.type, "text")


def _secondary(element: etree._Element) -> SecondaryInstance:
    xml = etree.tostring(element[0], with_tail=False) if len(element) else b""
    return SecondaryInstance(element.get("id", ""), element.get("src", ""), xml)


def _media_files(translations: Translations, attached: tuple[SecondaryInstance, ...]) -> tuple[str, ...]:
    names = [media.file_name for media in translations.all_media()]
    names += [each.file_name for each in attached if each.source.startswith("jr://file")]
    return tuple(dict.fromkeys(names))
