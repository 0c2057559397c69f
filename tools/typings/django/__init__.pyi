"""What mypy must know of Django: that choices are enumerations. All else is unchecked, because Django carries no types."""

from typing import Any

def __getattr__(name: str) -> Any: ...
