"""`python -m ravine`: the command line, where the folder of scripts is on nobody's path."""

from ravine.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
