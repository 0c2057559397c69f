"""What a person does with places. Each writes its entry in the ledger."""

from custodes.places.actions.area_list import AreasListed, import_area_list
from custodes.places.actions.areas import create_area, declare_succession, end_area
from custodes.places.actions.boundaries import BoundariesImported, import_boundaries
from custodes.places.actions.matches import remember_match
from custodes.places.actions.population import PopulationImported, import_population

__all__ = [
    "AreasListed",
    "BoundariesImported",
    "PopulationImported",
    "create_area",
    "declare_succession",
    "end_area",
    "import_area_list",
    "import_boundaries",
    "import_population",
    "remember_match",
]
