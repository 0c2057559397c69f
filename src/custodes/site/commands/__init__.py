"""What each command of the `custodes` program does; `site/cli.py` declares its words and options."""
