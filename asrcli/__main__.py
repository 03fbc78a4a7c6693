"""`python -m asrcli` is `asr`."""

from asrcli.cli import main

if __name__ == "__main__":
    main()
