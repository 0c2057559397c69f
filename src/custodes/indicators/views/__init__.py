"""Staff pages of measuring."""
