"""Pages of this app: imports and data sets, forms, devices."""
