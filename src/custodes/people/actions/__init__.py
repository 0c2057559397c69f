"""What a person does with accounts, grants, bodies and tokens. Each writes its entry in the ledger, by references only, never by a name."""

from custodes.people.actions.accounts import (
    create_account,
    deactivate_account,
    edit_own_account,
    reactivate_account,
    reset_credentials,
)
from custodes.people.actions.bodies import create_institution, create_organisation
from custodes.people.actions.grants import end_grant, grant_role
from custodes.people.actions.setup import check_setup_code, create_first_administrator, setup_code
from custodes.people.actions.tokens import NewToken, create_api_token, revoke_api_token, token_digest

__all__ = [
    "NewToken",
    "check_setup_code",
    "create_account",
    "create_api_token",
    "create_first_administrator",
    "create_institution",
    "create_organisation",
    "deactivate_account",
    "edit_own_account",
    "end_grant",
    "grant_role",
    "reactivate_account",
    "reset_credentials",
    "revoke_api_token",
    "setup_code",
    "token_digest",
]
