"""`backstop` and `python -m sim`."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; where not even its own library is installed, say so in a sentence."""
    # Said before Arrow is loaded: an allocator of its own would keep what tables took.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        from sim.cli import cli
    except ModuleNotFoundError as error:
        if (error.name or "sim").partition(".")[0] == "sim":
            raise
        sys.exit(
            f"error: the library {error.name} is not installed for this Python; `pip install` "
            "Backstop, or `make env` in a checkout"
        )
    program = Path(sys.argv[0]).name
    cli(prog_name="python -m sim" if program == "__main__.py" else "backstop")


if __name__ == "__main__":
    main()
