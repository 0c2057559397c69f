"""Exports: the records of a form, through all versions and repeats, as files for analysts. No Django: a job, a command and a test call it."""
