"""Questions on readings."""
