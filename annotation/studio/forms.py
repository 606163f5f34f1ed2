"""Forms: from layers of schemes to Label Studio's configuration.

Six states stay six things (SCIENCE rule 3). `neutral` and `other` are labels like any other; each layer has a second
control for "none applies" and "cannot tell"; "broken item" is asked once for the item; skipping is Label Studio's own
button. A control that an answer of this kind makes pointless is hidden, and `results` reads it as not answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET  # written here, never parsed

from annotation.studio import names
from annotation.studio.labels import add_choices, plain
from annotation.studio.layers import Layer, Options, check, slider_step, steps
from annotation.studio.manikin import FIGURES
from annotation.studio.objects import add_object
from annotation.studio.words import ENGLISH, Words
from harmonize.records import Kind
from harmonize.schemes import Dimension

__all__ = ["Layer", "Options", "form_xml"]
MARKS = {"image": "RectangleLabels", "video": "TimelineLabels"}


def form_xml(layers: Sequence[Layer], options: Options = Options()) -> str:  # noqa: B008 - frozen
    """The Label Studio configuration of a form; the same layers and options give the same text.

    The form itself speaks with ``options.words``; questions and names of labels are said as the layers have them.

    Raises `ChoraleError("form-...")` as `layers.check` does.
    """
    check(layers, options)
    words = options.words
    root = ET.Element("View", className="chorale-sheet" + (" chorale-from-right" if options.reads_from_right else ""))
    item = ET.SubElement(root, "View", className="chorale-item")
    for layer in layers:
        if layer.spans:
            _add_spans(item, layer, options)
    add_object(item, options)
    side = ET.SubElement(root, "View", className="chorale-form")
    body = _view(side, "choice-unselected", names.STATE, names.BROKEN)
    for layer in layers:
        _add_layer(body, layer, options)
    if options.confidence:
        sure = ET.SubElement(body, "View", className="chorale-layer")
        _header(sure, words("form.sure"), level=5)
        scale = ET.SubElement(sure, "View", className="chorale-scale")
        _add(scale, "Rating", name=names.CONFIDENCE, maxRating="5", icon="star", size="large")
    if options.note:
        _add_text(body, names.NOTE, words, "form.note")
    state = _choices(side, names.STATE, "multiple", required=False)
    ET.SubElement(state, "Choice", value=words("form.broken"), alias=names.BROKEN)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def _add_layer(parent: ET.Element, layer: Layer, options: Options) -> None:
    words = options.words
    one = " chorale-one" if layer.scheme.kind == Kind.SINGLE else ""  # its boxes are drawn round
    block = ET.SubElement(parent, "View", className=f"chorale-layer{one}")
    if layer.when is not None:
        block.attrib |= _seen_with(layer.when.layer, layer.when.labels)
    _header(block, _asked(layer.question, words, required=layer.required), level=4)
    told = [words.get(f"whose.{layer.perspective}"), words.get(f"alone.{layer.modality}")]
    if any(told):
        _header(ET.SubElement(block, "View", className="chorale-whose"), words.sentences(told), level=6)
    if layer.scheme.kind == Kind.DIMENSION:
        asked = _view(block, "choice-unselected", names.status(layer.name), names.CANNOT_TELL)
        for code, dimension in enumerate(layer.scheme.dimensions):
            _add_dimension(asked, layer, code, dimension, words)
    else:
        _add_labels(block, layer, words)
    _add_status(block, layer, options)
    for field in layer.scheme.texts:
        asked = ET.SubElement(block, "View", _seen_with(layer.name, field.when) if field.when else {})
        _header(asked, _asked(field.question, words, required=field.required), level=5)
        _add_text(asked, names.text(layer.name, field.id), words, "form.own-words", required=field.required)
    if layer.reason:
        _add_text(block, names.reason(layer.name), words, "form.why")


def _asked(question: str, words: Words, *, required: bool) -> str:
    return question if required else words("form.optional", question=question)


def _add_labels(parent: ET.Element, layer: Layer, words: Words) -> None:
    choice = "single" if layer.scheme.kind == Kind.SINGLE else "multiple"
    group = _choices(parent, layer.name, choice, required=layer.required)
    group.set("requiredMessage", words("form.answer", question=plain(layer.question)))
    group.attrib |= {"visibleWhen": "choice-unselected", "whenTagName": names.status(layer.name)}
    shown = [label for label in layer.scheme.labels if not label.retired]
    add_choices(group, shown)
    if layer.scheme.kind == Kind.INTENSITY:
        levels = [f"{strength} {name}" for strength, name in enumerate(layer.scheme.levels) if strength]
        for label in shown:
            asked = _view(parent, "choice-selected", layer.name, label.id)
            question = words("form.strength", label=label.name, levels=words.listed(levels))
            _header(asked, question, level=5)
            scale = ET.SubElement(asked, "View", className="chorale-scale")
            rating = _add(scale, "Rating", name=names.part(layer.name, label.code), maxRating=str(len(levels)))
            rating.attrib |= {"required": "true"} | _urged(question, words)


def _add_dimension(parent: ET.Element, layer: Layer, code: int, dimension: Dimension, words: Words) -> None:
    low = f"{dimension.low:g}" + (f" = {dimension.low_name}" if dimension.low_name else "")
    high = f"{dimension.high:g}" + (f" = {dimension.high_name}" if dimension.high_name else "")
    _header(parent, f"{dimension.name}: {low} … {high}", level=5)
    required = str(layer.required).lower()
    name = names.part(layer.name, code)
    if count := steps(dimension):
        style = f"chorale-scale chorale-sam chorale-sam-{dimension.id} chorale-steps-{count}"
        scale = ET.SubElement(parent, "View", className=style if dimension.id in FIGURES else "chorale-scale")
        rating = _add(scale, "Rating", name=name, maxRating=str(count), icon="star", size="large", required=required)
        rating.attrib |= _urged(dimension.name, words)
        return
    limits = {"min": f"{dimension.low:g}", "max": f"{dimension.high:g}", "step": f"{slider_step(dimension):g}"}
    _add(parent, "Number", name=name, required=required, slider="true", **limits).attrib |= _urged(
        dimension.name, words
    )


def _urged(question: str, words: Words) -> dict[str, str]:
    """What a scale says when it was passed over; in English that is Label Studio's own sentence."""
    return {} if words == ENGLISH else {"requiredMessage": words("form.rate", question=plain(question))}


def _add_status(parent: ET.Element, layer: Layer, options: Options) -> None:
    """Why a layer has no label. Two that are compared may be alike; of more, one always is the most."""
    words = options.words
    group = _choices(parent, names.status(layer.name), "single", required=False)
    if options.together and len(layer.scheme.labels) == 2:
        ET.SubElement(group, "Choice", value=words("form.no-difference"), alias=names.NONE_APPLIES)
    elif layer.scheme.kind != Kind.DIMENSION and not options.together:
        ET.SubElement(group, "Choice", value=words("form.none-applies"), alias=names.NONE_APPLIES)
    ET.SubElement(group, "Choice", value=words("form.cannot-tell"), alias=names.CANNOT_TELL)


def _add_spans(parent: ET.Element, layer: Layer, options: Options) -> None:
    """Two brushes for the judged object, and two for the turns before it, where the cause often stands."""
    tag = MARKS.get(options.modality, "Labels")
    _header(parent, options.words("form.mark", question=layer.question), level=5)
    _add_brushes(_add(parent, tag, name=names.spans(layer.name)), options.words)
    if options.context:
        _header(parent, options.words("form.mark-before"), level=6)
        before = _add(parent, "ParagraphLabels", name=names.turns(layer.name))
        before.set("toName", names.CONTEXT)
        _add_brushes(before, options.words)


def _add_brushes(group: ET.Element, words: Words) -> None:
    if group.tag == "RectangleLabels":
        group.set("canRotate", "false")
    for role, colour in (("cause", "#b45309"), ("cue", "#0369a1")):
        told = words(f"form.{role}")
        brush = ET.SubElement(group, "Label", value=told, background=colour)
        if told != role:
            brush.set("alias", role)  # by which its marks are kept


def _add_text(parent: ET.Element, name: str, words: Words, hint: str, *, required: bool = False) -> None:
    area = _add(parent, "TextArea", name=name, rows="2", maxSubmissions="1", editable="true", placeholder=words(hint))
    if required:
        area.attrib |= {"required": "true", "requiredMessage": words("form.write")}


def _choices(parent: ET.Element, name: str, choice: str, *, required: bool) -> ET.Element:
    return _add(parent, "Choices", name=name, choice=choice, required=str(required).lower(), showInline="true")


def _add(parent: ET.Element, tag: str, *, name: str, **attributes: str) -> ET.Element:
    """A control, tied to the object that is judged."""
    return ET.SubElement(parent, tag, {"name": name, "toName": names.OBJECT} | attributes)


def _header(parent: ET.Element, text: str, *, level: int) -> None:
    ET.SubElement(parent, "Header", value=plain(text), size=str(level))


def _seen_with(layer: str, labels: Sequence[str]) -> dict[str, str]:
    """Shown only while one of these labels is chosen; label ids hold no comma (`layers.check`)."""
    return {"visibleWhen": "choice-selected", "whenTagName": layer, "whenChoiceValue": ",".join(labels)}


def _view(parent: ET.Element, when: str, tag: str, choice: str) -> ET.Element:
    return ET.SubElement(parent, "View", visibleWhen=when, whenTagName=tag, whenChoiceValue=choice)
