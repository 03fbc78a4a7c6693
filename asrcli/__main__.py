"""`python -m asrcli` is `asr`."""

from asrcli.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
