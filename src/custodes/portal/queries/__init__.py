"""What the public may ask, each answer made of protected figures only."""
