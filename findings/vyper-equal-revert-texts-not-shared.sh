#!/usr/bin/env bash
# Package   vyper 0.4.3 (PyPI)
# Expected  A contract that reverts with the same text in ten places holds that text once.
# Happens   Each `assert ..., "text"` carries its own copy with its own code to write it to memory:
#           ten equal texts give exactly the byte count of ten different ones, with the default
#           optimiser and with the one for code size alike.
# Known     not documented; seen in 0.4.3.
# Hurts     contracts near the 24,576 byte limit (EIP-170): there the texts alone can be a sixth of
#           the code. A shared internal function holding the assert gets the bytes back.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check vyper==0.4.3
"$dir/venv/bin/python" - <<'PY'
import sys

from vyper import compile_code
from vyper.compiler.settings import OptimizationLevel, Settings


def source(texts):
    lines = []
    for i, text in enumerate(texts):
        because = f', "{text}"' if text else ""
        lines += ["@external", f"def f{i}(v: uint256):", f"    assert v > {i}{because}"]
    return "\n".join(lines)


def size(texts, level):
    out = compile_code(
        source(texts),
        output_formats=["bytecode_runtime"],
        settings=Settings(optimize=level),
    )
    return len(out["bytecode_runtime"]) // 2 - 1


as_stated = True
for level in (OptimizationLevel.GAS, OptimizationLevel.CODESIZE):
    equal = size(["margin below maintenance"] * 10, level)
    different = size([f"margin below maintenanc{i}" for i in range(10)], level)
    none = size([""] * 10, level)
    print(f"{level}: ten equal texts {equal} bytes, ten different {different}, no text {none}")
    as_stated &= equal == different and equal - none > 10 * len("margin below maintenance")
sys.exit(0 if as_stated else 1)
PY
