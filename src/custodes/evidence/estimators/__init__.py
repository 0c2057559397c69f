"""The shelf of estimators: one file is one kind of indicator, with an `ESTIMATOR` at module level. `registry` finds them."""
