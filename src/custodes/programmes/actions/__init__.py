"""Everything a person does to a plan, one function each."""

from custodes.programmes.actions.definitions import create_definition, edit_definition
from custodes.programmes.actions.indicators import (
    add_indicator,
    edit_indicator,
    read_together,
    set_baseline,
    set_path,
    set_targets,
)
from custodes.programmes.actions.library import load_indicator_library
from custodes.programmes.actions.plan import approve_plan, return_plan, submit_plan
from custodes.programmes.actions.programmes import add_partner, create_programme, edit_programme, remove_partner
from custodes.programmes.actions.results import add_result, edit_result, remove_result

__all__ = [
    "add_indicator",
    "add_partner",
    "add_result",
    "approve_plan",
    "create_definition",
    "create_programme",
    "edit_definition",
    "edit_indicator",
    "edit_programme",
    "edit_result",
    "load_indicator_library",
    "read_together",
    "remove_partner",
    "remove_result",
    "return_plan",
    "set_baseline",
    "set_path",
    "set_targets",
    "submit_plan",
]
