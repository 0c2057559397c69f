"""The Republic of Karuna: an invented country with known planted effects, so that every page has something true to show.

Nothing here imports Django. `generate.generate` makes the tables, `write.write_files` writes what an officer would upload.
"""

PROVENANCE = (
    "Synthetic. The Republic of Karuna does not exist: its people, places, institutions and figures were made by a seeded "
    "generator for demonstration and testing. No row describes a real person, place or event."
)
