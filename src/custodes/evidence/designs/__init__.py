"""Impact designs: what changed because of a measure, with the uncertainty and the diagnostics that belong to the answer.

One module is one design: `two_by_two`, `staggered`, `sun_abraham`, `synthetic_control`, `synthetic_did`, `interrupted`, `rollout`. Each takes a
`Panel` (or, for the interrupted series, a `Series`) and returns an `Impact`, whose sentence says no more than its interval does.
"""
