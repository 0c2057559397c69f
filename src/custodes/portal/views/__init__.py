"""The public pages and the downloads."""
