"""`python -m custodes` is `custodes`, where the program itself is not on the path."""

from custodes.site.cli import main

if __name__ == "__main__":
    main()
