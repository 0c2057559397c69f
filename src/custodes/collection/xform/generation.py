"""Makes a valid record of any form by itself, the same for the same seed: for tests, demonstrations, and for trying a form before it goes out."""

import io
import random
import struct
import wave
import zlib
from dataclasses import dataclass, replace
from itertools import islice

from custodes.collection.errors import AnswerInvalid, NoValidRecord
from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.invented_answers import answers_for
from custodes.collection.xform.model import FILES, SELECTS, Form
from custodes.collection.xform.session import AnswerFault, Place, Session

MOST_ATTEMPTS = 8  # with other answers each time
MOST_PASSES = 12  # over the form in one attempt, because an answer opens questions and moves others
MOST_TRIES = 60  # of one question in one pass
MOST_COMPARED = 8  # answers of a question that opens others
CONTENT_TYPES = {"image": "image/png", "audio": "audio/wav", "video": "video/mp4", "file": "text/plain"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a record."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class GeneratedRecord:
    """A record that fulfils its form: its id, its XML, the files it names."""

    instance_id: str
    xml: bytes
    attachments: tuple[Attachment, ...]


def generate_record(
    form: Form, *, seed: int, around: Circumstances | None = None, thorough: bool = False
) -> GeneratedRecord:
    """A valid record of a form, the same for the same seed and circumstances; a thorough one takes the answers that open most questions.

    Refuses  NoValidRecord where several attempts leave an answer that the form does not take; it names the first.
    """
    faults: tuple[AnswerFault, ...] = ()
    for attempt in range(MOST_ATTEMPTS):
        chance = random.Random(f"{seed}/{attempt}")
        session = Session(form, replace(around or Circumstances(), seed=chance.randrange(2**32)))
        _fill(session, chance, thorough=thorough)
        xml = session.finish()
        faults = session.faults()
        if not faults:
            return GeneratedRecord(session.instance_id, xml, _attachments(session))
    first = faults[0]
    what = f"No answer was found that the form takes ({first.fault}: {first.message or 'without a message'})."
    raise NoValidRecord(what, where=first.path, remedy="See whether its constraint can be fulfilled.")


def _fill(session: Session, chance: random.Random, *, thorough: bool) -> None:
    """Answer whatever is open, again and again, until a pass changes nothing."""
    tried: set[str] = set()
    for turn in range(MOST_PASSES):
        changed = _answer_all(session, chance, tried, thorough=thorough)
        if turn == 0:
            changed = _repeat_some(session, chance) or changed
        if not changed and not _mend(session, chance):
            return


def _answer_all(session: Session, chance: random.Random, tried: set[str], *, thorough: bool) -> bool:
    changed = False
    for number, place in enumerate(list(session.places()), start=1):
        try:
            is_open = session.is_relevant(place.path) and _can_be_answered(session, place)
        except AnswerInvalid:
            continue  # an answer before it made its repeat shorter
        if not is_open:
            continue
        fault = session.fault_or_none(place.path)
        if fault is None and (session.value(place.path) or place.path in tried):
            continue
        tried.add(place.path)
        changed = _answer(session, place, chance, number=number, thorough=thorough) or changed
    return changed


def _mend(session: Session, chance: random.Random) -> bool:
    """Change an answer on which a fault rests that no answer of its own can mend, such as a note that stops the interview.

    Of the changes that mend it, the one that leaves most questions open is made; refusing consent would mend everything.
    """
    for fault in session.faults():
        causes = session.rests_on(fault.path)
        best: _Change | None = None
        places = [each for each in session.places() if each.question.path in causes and _can_be_answered(session, each)]
        given = [value for each in places if (value := session.value(each.path))]  # two answers may have to be equal
        for place in places:
            before = session.value(place.path)
            for answer in dict.fromkeys((*given, *_possible(session, place, chance, number=1, most=MOST_COMPARED))):
                session.answer(place.path, answer)
                if session.fault_or_none(place.path) is None and not _persists(session, fault):
                    change = _Change(session.open_count(), place.path, answer)
                    best = change if best is None or change.opens > best.opens else best
            session.answer(place.path, before)
        if best is not None:
            session.answer(best.path, best.answer)
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Change:
    """An answer that mends a fault elsewhere, and how many questions are open after it."""

    opens: int
    path: str
    answer: str


def _persists(session: Session, fault: AnswerFault) -> bool:
    try:
        return session.fault_or_none(fault.path) is not None
    except AnswerInvalid:
        return False  # its repeat became shorter


def _possible(session: Session, place: Place, chance: random.Random, *, number: int, most: int) -> list[str]:
    choices = session.choices(place.path) if place.question.kind in SELECTS else ()
    now = session.around.clock().astimezone(session.around.zone)
    return list(islice(answers_for(place.question, choices=choices, chance=chance, now=now, number=number), most))


def _can_be_answered(session: Session, place: Place) -> bool:
    question = place.question
    return question.is_asked and not question.bind.calculate and not session.is_readonly(place.path)


def _answer(session: Session, place: Place, chance: random.Random, *, number: int, thorough: bool) -> bool:
    """Whether an answer was found that the form takes; where none is, the question stays empty."""
    before = session.value(place.path)
    compares = thorough and place.question.kind in SELECTS and session.opens_others(place.question)
    best: tuple[int, str] | None = None
    for answer in _possible(session, place, chance, number=number, most=MOST_COMPARED if compares else MOST_TRIES):
        session.answer(place.path, answer)
        if not session.is_relevant(place.path) or session.fault_or_none(place.path) is not None:
            continue
        if not compares:
            return True
        asked = session.open_count()
        best = (asked, answer) if best is None or asked > best[0] else best
    session.answer(place.path, best[1] if best else "")
    return best is not None or bool(before)


def _repeat_some(session: Session, chance: random.Random) -> bool:
    """Add a second instance to some of the repeats that a person may add to."""
    added = False
    for repeat in session.form.repeats:
        if not repeat.count and not repeat.is_fixed and chance.random() < 0.5:
            parent = repeat.path.rpartition("/")[0]
            try:
                if session.is_relevant(parent):
                    session.add_repeat(repeat.path)
                    added = True
            except AnswerInvalid:
                continue  # the repeat around it has no instance
    return added


def _attachments(session: Session) -> tuple[Attachment, ...]:
    found = []
    for place in session.places():
        kind, name = place.question.kind, session.value(place.path)
        if kind in FILES and name:
            found.append(Attachment(name, CONTENT_TYPES[kind], file_content(kind)))
    return tuple(found)


def file_content(kind: str) -> bytes:
    """A small file of a kind: a picture of one dot, a tenth of a second of silence, the head of a film, a line of text."""
    if kind == "image":
        head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
        pieces = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0\x20\x60\xa0")), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in pieces)
    if kind == "audio":
        stream = io.BytesIO()
        with wave.open(stream, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(1)
            sound.setframerate(8_000)
            sound.writeframes(b"\x80" * 800)
        return stream.getvalue()
    if kind == "video":
        return struct.pack(">I", 20) + b"ftypisom" + struct.pack(">I", 512) + b"isom"
    return b"Made by Custodes to try a form.\n"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
