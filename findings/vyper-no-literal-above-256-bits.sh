#!/usr/bin/env bash
# Package   vyper 0.4.3 (PyPI)
# Expected  Constant expressions are folded with exact integers, so `2**256 - 1` is the largest
#           uint256: its value fits the type.
# Happens   Every step of a constant expression must itself fit 256 bits: `2**256 - 1` is refused
#           ("literal is outside of allowable range"), and so are `2**255 * 2 // 4` and
#           `10**60 * 10**18 // 10**18`, whose results are small. The order of the operands decides
#           whether a formula compiles.
# Known     the range check after each folding step; not spelt out in the language reference.
# Hurts     formulas carried over word for word from a paper or from Python.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check vyper==0.4.3
"$dir/venv/bin/python" - <<'PY'
import sys

from vyper import compile_code
from vyper.exceptions import VyperException


def verdict(expression):
    source = f"A: constant(uint256) = {expression}\n@external\ndef f() -> uint256:\n    return A\n"
    try:
        compile_code(source, output_formats=["bytecode"])
        return "compiles"
    except VyperException as error:
        return f"refused: {type(error).__name__}"


expected = {
    "2**255 - 1 + 2**255": "compiles",
    "2**256 - 1": "refused",
    "2**255 // 4 * 2": "compiles",
    "2**255 * 2 // 4": "refused",
    "10**60 // 10**18 * 10**18": "compiles",
    "10**60 * 10**18 // 10**18": "refused",
}
seen = {expression: verdict(expression) for expression in expected}
for expression, text in seen.items():
    print(f"{expression:28} {text}")
sys.exit(0 if all(seen[e].startswith(w) for e, w in expected.items()) else 1)
PY
