"""The shelf: each file here is one source, as `SOURCE`."""
