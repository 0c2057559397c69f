"""Decisions on plans that need nothing but values."""
