"""Answers that a question could take, likely ones first: by its type, its choices, and what its constraint mentions."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.dates import is_date, moment_text
from custodes.collection.xform.expression import Call, Literal, Number, walk
from custodes.collection.xform.model import FILES, Choice, Question
from custodes.collection.xform.parsing import parsed
from custodes.collection.xform.values import number_text

WORDS = (
    "Amina",
    "Bangui",
    "water",
    "yes",
    "A longer answer, with a comma and “quotes”.",
    "x",
    "12345",
    "0123456789",
    "a@example.org",
    "AB-1234",
    "ABC",
)
MOST_OF_A_PIECE = 12  # how often an unbounded piece of a pattern is repeated at most
FILE_NAMES = {"image": "photo.png", "audio": "sound.wav", "video": "film.mp4", "file": "note.txt"}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a constraint mentions: numbers, texts, and patterns."""

    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    patterns: tuple[str, ...]


def hints_of(constraint: str) -> Hints:
    """What the constraint of a question mentions; nothing where it has none."""
    try:
        parts = tuple(walk(parsed(constraint))) if constraint else ()
    except ExpressionInvalid:
        parts = ()
    calls = [part for part in parts if isinstance(part, Call) and part.name == "regex"]
    patterns = tuple(part.arguments[1].value for part in calls if isinstance(part.arguments[1], Literal))
    texts = tuple(part.value for part in parts if isinstance(part, Literal) and part.value not in patterns)
    return Hints(tuple(float(part.text) for part in parts if isinstance(part, Number)), texts, patterns)


def answers_for(
    question: Question, *, choices: tuple[Choice, ...], chance: random.Random, now: datetime, number: int
) -> Iterator[str]:
    """Answers to try, in order; `number` tells the files of one record apart."""
    hints = hints_of(question.bind.constraint)
    kind = question.kind
    if kind in {"integer", "decimal", "range"}:
        yield from _numbers(question, hints, chance)
    elif kind in {"date", "datetime", "time"}:
        yield from _dates(kind, hints, chance, now)
    elif kind in {"select_one", "select_multiple", "rank"}:
        yield from _selections(kind, [choice.value for choice in choices if choice.value], chance)
    elif kind in {"geopoint", "geotrace", "geoshape"}:
        yield from _shapes(kind, chance)
    elif kind in FILES:
        yield f"{number}-{FILE_NAMES[kind]}"
    elif kind == "acknowledge":
        yield "OK"
    elif kind == "boolean":
        yield "true"
        yield "false"
    else:
        yield from _texts(hints, chance)


def _numbers(question: Question, hints: Hints, chance: random.Random) -> Iterator[str]:
    if question.kind == "range":
        start, end, step = (
            float(question.parameter(name) or default)
            for name, default in (("start", "1"), ("end", "10"), ("step", "1"))
        )
        steps = int(abs(end - start) / abs(step) + 1e-9)
        direction = abs(step) if end >= start else -abs(step)
        values = [start + direction * place for place in range(min(steps, 1_000) + 1)]
        chance.shuffle(values)
        yield from (number_text(round(value, 9)) for value in values)
        return
    small = [1.0, 2.0, 3.0, 4.0]
    chance.shuffle(small)
    near = [value + change for value in hints.numbers for change in (0, 1, -1, 5, -5)]
    far = [0.0, 25.0, 35.0, 15.0, 60.0, 100.0, 999.0, -1.0, 2020.0, 5_000.0, 100_000.0]
    for value in dict.fromkeys((*small, *near, *far)):
        yield number_text(float(int(value))) if question.kind == "integer" else number_text(value)
    if question.kind == "decimal":
        ends = sorted(hints.numbers)
        yield from (number_text(round((low + high) / 2, 6)) for low, high in pairwise(ends))


def _dates(kind: str, hints: Hints, chance: random.Random, now: datetime) -> Iterator[str]:
    days = [0, -1, -30, -400, 1, 30, 400, -10_000, -20_000]
    moments = [now - timedelta(hours=chance.randrange(0, 6))]
    moments += [now + timedelta(days=each) for each in days]
    if kind == "time":
        offset = moment_text(now)[23:]
        yield from (f"{hour:02}:{chance.randrange(60):02}:00.000{offset}" for hour in (9, 13, 17, 0, 23, 5))
        return
    named = [text for text in hints.texts if is_date(text)]
    for text in named:
        around = datetime.fromisoformat(text).replace(hour=12, tzinfo=now.tzinfo)
        moments += [around, around + timedelta(days=1), around - timedelta(days=1)]
    yield from (moment_text(each) if kind == "datetime" else each.date().isoformat() for each in moments)


def _selections(kind: str, values: list[str], chance: random.Random) -> Iterator[str]:
    shuffled = list(dict.fromkeys(values))
    chance.shuffle(shuffled)
    if kind == "rank":
        yield " ".join(shuffled)
        return
    if kind == "select_multiple" and len(shuffled) > 2:
        yield " ".join(shuffled[: chance.randrange(2, min(4, len(shuffled)))])
    yield from shuffled
    if kind == "select_multiple":
        yield from (" ".join(shuffled[:count]) for count in range(2, len(shuffled) + 1))


def _shapes(kind: str, chance: random.Random) -> Iterator[str]:
    latitude, longitude = round(chance.uniform(4, 10), 6), round(chance.uniform(15, 26), 6)
    corners = [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001)]
    points = [f"{round(latitude + north, 6)} {round(longitude + east, 6)} 400.0 5.0" for north, east in corners]
    yield {"geopoint": points[0], "geotrace": ";".join(points), "geoshape": ";".join((*points, points[0]))}[kind]


def _texts(hints: Hints, chance: random.Random) -> Iterator[str]:
    for pattern in hints.patterns:
        yield from (text for _ in range(3) if (text := text_for_pattern(pattern, chance)))
    words = list(WORDS)
    chance.shuffle(words)
    yield from words
    yield from hints.texts
    for length in hints.numbers:
        if 0 < length <= 200:
            yield from ("7" * int(length), "a" * int(length), "7" * (int(length) + 1), "7" * max(1, int(length) - 1))


def text_for_pattern(pattern: str, chance: random.Random) -> str:
    """A text that fits a pattern of letters, classes, groups, alternatives and counts; empty where the pattern holds more."""
    try:
        text = _Pattern(pattern, chance).text()
        return text if re.fullmatch(pattern, text) else ""
    except (ValueError, IndexError, re.error):
        return ""


class _Pattern:
    """Walks along a pattern and writes one text that fits. Looking ahead and back-references are beyond it; the caller checks the result."""

    CLASSES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz", "s": " ", "D": "abc", "W": "-", "S": "abc"}

    def __init__(self, pattern: str, chance: random.Random) -> None:
        self.pattern = pattern
        self.chance = chance
        self.place = 0

    def text(self) -> str:
        """One of the alternatives up to the end or the closing bracket."""
        found = [self._sequence()]
        while self.place < len(self.pattern) and self.pattern[self.place] == "|":
            self.place += 1
            found.append(self._sequence())
        return self.chance.choice(found)

    def _sequence(self) -> str:
        made = ""
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            start = self.place
            piece = self._piece()
            end = self.place
            low, high = self._count()
            after = self.place
            made += piece if low else ""
            for _ in range(self.chance.randint(low, high) - (1 if low else 0)):
                self.place = start
                made += self._piece()
            self.place = after
            if end == start:
                raise ValueError("no piece of a pattern")
        return made

    def _piece(self) -> str:
        sign = self.pattern[self.place]
        self.place += 1
        if sign in "^$":
            return ""
        if sign == "(":
            if self.pattern.startswith("?:", self.place):
                self.place += 2
            text = self.text()
            self.place += 1
            return text
        if sign == "[":
            return self.chance.choice(self._set())
        if sign == "\\":
            self.place += 1
            letter = self.pattern[self.place - 1]
            return self.chance.choice(self.CLASSES[letter]) if letter in self.CLASSES else letter
        return self.chance.choice("abc123") if sign == "." else sign

    def _set(self) -> str:
        """The letters of a set; of one that excludes, some that are left."""
        excludes = self.pattern[self.place] == "^"
        self.place += excludes
        letters = ""
        while self.pattern[self.place] != "]":
            letter = self.pattern[self.place]
            self.place += 1
            if letter == "\\":
                letter = self.CLASSES.get(self.pattern[self.place], self.pattern[self.place])
                self.place += 1
            if self.pattern[self.place] == "-" and self.pattern[self.place + 1] != "]":
                letter = "".join(chr(code) for code in range(ord(letter), ord(self.pattern[self.place + 1]) + 1))
                self.place += 2
            letters += letter
        self.place += 1
        return "".join(letter for letter in "abcXYZ019 -_" if letter not in letters) if excludes else letters

    def _count(self) -> tuple[int, int]:
        sign = self.pattern[self.place : self.place + 1]
        if sign in {"?", "*", "+"}:
            self.place += 1
            return {"?": (0, 1), "*": (0, 4), "+": (1, 5)}[sign]
        found = re.match(r"\{(\d+)(,(\d*))?\}", self.pattern[self.place :])
        if found is None:
            return 1, 1
        self.place += found.end()
        low = int(found[1])
        return low, low if found[2] is None else min(int(found[3]) if found[3] else low + 3, low + MOST_OF_A_PIECE)
