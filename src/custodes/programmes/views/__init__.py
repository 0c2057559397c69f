"""Pages of plans and definitions. Each asks the permissions, the queries and the actions; it decides nothing."""
