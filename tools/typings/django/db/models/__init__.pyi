from enum import Enum
from typing import Any

class _Choices(Enum):  # type: ignore[misc]  # its members are in the subclasses
    _value_: Any
    label: Any
    choices: Any
    labels: Any
    values: Any

class TextChoices(str, _Choices): ...  # type: ignore[misc]
class IntegerChoices(int, _Choices): ...  # type: ignore[misc]

def __getattr__(name: str) -> Any: ...
