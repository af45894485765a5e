"""Put on a test command's PYTHONPATH: remembers which opcodes py-evm has executed.

Nothing but the standard library is imported before the project itself imports py-evm.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import Any

FOLDER, TARGET = os.environ.get("VYPER_TRACES", ""), "eth.vm.code_stream"
SEEN: dict[bytes, set[int]] = defaultdict(set)
STOP, JUMPI = 0, 0x57


def _iterate(stream: Any) -> Iterator[int]:
    """What a code stream yields, each place remembered; -(place + 1): it jumped on a condition."""
    code: bytes = stream._raw_code_bytes
    seen, size, fallen = SEEN[code], len(code), 0
    while stream.program_counter < size:
        place = stream.program_counter
        seen.add(place)
        if fallen and place != fallen:
            seen.add(-fallen)
        opcode = code[place]
        fallen = place + 1 if opcode == JUMPI else 0
        stream.program_counter = place + 1
        yield opcode
    yield STOP


def _write() -> None:
    if SEEN:
        with open(os.path.join(FOLDER, f"{os.getpid()}.json"), "w") as file:
            json.dump({code.hex(): sorted(places) for code, places in SEEN.items()}, file)


class _Finder(MetaPathFinder):
    """Waits for py-evm's code stream to be imported, and listens from then on."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Nothing of its own, but for one module: that module, changed once it is executed."""
        if name != TARGET:
            return None
        sys.meta_path.remove(self)
        spec: Any = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            module.CodeStream.__iter__ = _iterate

        spec.loader.exec_module = exec_module
        return spec


if FOLDER:
    sys.meta_path.insert(0, _Finder())
    atexit.register(_write)
