"""An XForm as values: its expressions, its questions, what a record of it holds. No Django here, so that a job, a page and a command share it."""
