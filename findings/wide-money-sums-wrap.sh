#!/usr/bin/env bash
# Packages  pyarrow 25.0.1, polars 2.1.0, duckdb 2.0.1 (PyPI)
# Expected  The 128-bit types made for exact money raise when a sum leaves their range.
# Happens   Summing decimal128(38, 0) in pyarrow and Int128 in polars wraps silently: four times
#           9 * 10**37 give 1.97 * 10**37 in both, a believable positive amount. A Decimal sum raises
#           in polars, a HUGEINT sum raises in DuckDB.
# Known     not documented as far as we found.
# Hurts     sums of squares or of products of amounts with 18 decimals: 38 digits are not many.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check \
  pyarrow==25.0.1 polars==2.1.0 duckdb==2.0.1
"$dir/venv/bin/python" - <<'PY'
import sys
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow as pa

BIG = 9 * 10**37
table = pa.table({"k": [1] * 4, "v": pa.array([Decimal(BIG)] * 4, pa.decimal128(38, 0))})


def tried(action):
    try:
        return action()
    except Exception as error:
        return f"raises {type(error).__name__}"


column = pl.Series([BIG] * 4, dtype=pl.Int128)
digits = pl.Series([Decimal(BIG)] * 4, dtype=pl.Decimal(38, 0))
rows = ", ".join([f"({BIG}::hugeint)"] * 4)
seen = {
    "pyarrow decimal128, group_by sum": tried(
        lambda: int(table.group_by("k").aggregate([("v", "sum")])["v_sum"][0].as_py())
    ),
    "polars Int128, sum": tried(column.sum),
    "polars Decimal(38, 0), sum": tried(digits.sum),
    "duckdb HUGEINT, sum": tried(
        lambda: duckdb.sql(f"select sum(v) from (values {rows}) t(v)").fetchall()[0][0]
    ),
}
print("four times 9 * 10**37 are", 4 * BIG)
for what, result in seen.items():
    print(f"{what:34} {result}")
wrapped = (4 * BIG + 2**127) % 2**128 - 2**127
arrow, int128, decimals, huge = seen.values()
as_stated = arrow == wrapped and int128 == wrapped
as_stated &= str(decimals).startswith("raises") and huge == "raises OutOfRangeException"
sys.exit(0 if as_stated else 1)
PY
