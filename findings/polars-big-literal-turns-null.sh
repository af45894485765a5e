#!/usr/bin/env bash
# Package   polars 2.1.0 (PyPI)
# Expected  An Int64 column plus an integer that does not fit 64 bits is widened to Int128 or refused.
# Happens   Adding 2**63 widens the column to Int128 and is exact. Adding 10**25 keeps Int64 and makes
#           every value null, with no error and no warning; sum() of the nulls is 0. Int128 would
#           hold the result: pl.lit(10**25) alone is one.
# Known     not documented; seen in 2.1.0.
# Hurts     tables of token amounts with 18 decimals, where constants above 9.2 * 10**18 are common:
#           a total of nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check polars==2.1.0
"$dir/venv/bin/python" - <<'PY'
import sys

import polars as pl

frame = pl.DataFrame({"amount": [5 * 10**18, 6 * 10**18]})


def added(constant):
    column = frame.select(pl.col("amount") + constant).to_series()
    return column.dtype, column.to_list(), column.sum()


small, large, alone = added(2**63), added(10**25), pl.select(pl.lit(10**25)).to_series().dtype
print("amounts               ", frame["amount"].dtype, frame["amount"].to_list())
print("plus 2**63            ", *small[:2])
print("plus 10**25           ", *large[:2], "with the sum", large[2])
print("10**25 by itself      ", alone)
as_stated = small[:2] == (pl.Int128, [5 * 10**18 + 2**63, 6 * 10**18 + 2**63])
as_stated &= large == (pl.Int64, [None, None], 0) and alone == pl.Int128
sys.exit(0 if as_stated else 1)
PY
