"""`python -m parkatlas`: the command line."""

from parkatlas.cli import main

if __name__ == "__main__":
    main()
