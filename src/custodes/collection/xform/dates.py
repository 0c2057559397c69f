"""Dates and times as expressions see them: text in the form's formats, compared and counted as days since 1970-01-01 UTC.

Source: ODK XForms specification, "XPath Functions", number(), format-date() and decimal-date-time().
"""

import math
import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d{2}:?(?:\d{2})?)?"
)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d{2}:?(?:\d{2})?)?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = 86_400
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def moment_or_none(text: str, *, zone: tzinfo) -> datetime | None:
    """The moment a text names: a date is its midnight in the zone given, and so is a time without one."""
    plain = text.strip()
    found = MOMENT.fullmatch(plain)
    try:
        if found:
            fraction = int((found[7] or "0").ljust(6, "0"))
            parts = [int(part or 0) for part in found.groups()[:6]]
            return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], fraction, _zone(found[8], zone))
        found = DATE.fullmatch(plain)
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone) if found else None
    except ValueError:
        return None  # the thirtieth of February


def day_number_or_none(text: str, *, zone: tzinfo) -> float | None:
    """Days since 1970-01-01: whole ones for a date, with a fraction in UTC for a moment; None for any other text."""
    plain = text.strip()
    moment = moment_or_none(plain, zone=zone)
    if moment is None:
        return None
    if DATE.fullmatch(plain):
        return float((moment.date() - EPOCH.date()).days)
    return (moment - EPOCH) / timedelta(days=1)


def time_of_day_or_none(text: str) -> time | None:
    """The time a text names, alone or after a date."""
    found = TIME.fullmatch(text.strip().split("T")[-1])
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0), int((found[4] or "0").ljust(6, "0")))
    except ValueError:
        return None


def date_from_days(days: float) -> str:
    """The date of a number of days since 1970-01-01; empty where there is none."""
    if math.isnan(days) or math.isinf(days):
        return ""
    try:
        return (EPOCH + timedelta(days=math.floor(days))).date().isoformat()
    except OverflowError:
        return ""


def moment_text(moment: datetime) -> str:
    """A moment as ODK's clients store it: with milliseconds and its offset, Z for none."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def formatted(moment: datetime, pattern: str) -> str:
    """A moment by the pattern of format-date(): %Y %y %m %n %b %d %e %a %H %h %M %S %3."""
    pieces = {
        "Y": f"{moment.year:04}", "y": f"{moment.year % 100:02}", "m": f"{moment.month:02}", "n": str(moment.month), "b": MONTHS[moment.month - 1],
        "d": f"{moment.day:02}", "e": str(moment.day), "a": DAYS[moment.weekday()], "H": f"{moment.hour:02}", "h": str(moment.hour),
        "M": f"{moment.minute:02}", "S": f"{moment.second:02}", "3": f"{moment.microsecond // 1000:03}", "%": "%",
    }  # fmt: skip
    return re.sub(r"%(.)", lambda match: pieces.get(match[1], match[0]), pattern)


def is_date(text: str) -> bool:
    """Whether a text is a date of the calendar, written in full."""
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and moment_or_none(text, zone=UTC) is not None


def _zone(text: str | None, zone: tzinfo) -> tzinfo:
    if text is None:
        return zone
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)))
