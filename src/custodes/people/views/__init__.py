"""The pages: `accounts` for people, grants, bodies and one's own account; `sign_in` for the ways in."""
