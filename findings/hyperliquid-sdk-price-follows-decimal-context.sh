#!/usr/bin/env bash
# Package   hyperliquid-python-sdk 0.24.0 (PyPI)
# Expected  float_to_wire, which writes prices and sizes into signed orders, refuses to round: it
#           raises "float_to_wire causes rounding" where eight decimals do not hold the number.
# Happens   The last step normalises a Decimal in the caller's decimal context: with 6 digits set
#           there, 123456.789 goes out as 123457, with no error. And the number minus zero is sent as
#           "-0": a guard for it compares with "-0", but the text at that place is "-0.00000000".
# Known     not documented; seen in 0.24.0.
# Hurts     programs that set a short decimal context for their own display: their orders carry
#           another price than they computed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check hyperliquid-python-sdk==0.24.0
"$dir/venv/bin/python" - <<'PY'
import decimal
import sys

from hyperliquid.utils.signing import float_to_wire

seen = [float_to_wire(123456.789)]
print("123456.789, 28 digits in the context  ", seen[-1])
with decimal.localcontext() as context:
    context.prec = 6
    seen.append(float_to_wire(123456.789))
print("123456.789, 6 digits in the context   ", seen[-1])
seen.append(float_to_wire(-0.0))
print("-0.0                                  ", seen[-1])
try:
    float_to_wire(0.000000001)
    seen.append("taken")
except ValueError:
    seen.append("refused")
print("0.000000001                           ", seen[-1])
sys.exit(0 if seen == ["123456.789", "123457", "-0", "refused"] else 1)
PY
