"""An app of the tests with one kind of job, installed only while they run."""
