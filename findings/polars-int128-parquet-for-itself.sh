#!/usr/bin/env bash
# Packages  polars 2.1.0, pyarrow 25.0.1 (PyPI)
# Expected  A parquet file can be read by every reader of the format.
# Happens   polars writes an Int128 column to parquet with no warning and reads it back; pyarrow, and
#           with it pandas and dask, refuses the file ("Integers with more than 64 bits not
#           implemented"). Handing the frame over in memory (to_arrow) fails as well. As
#           Decimal(38, 0) the same amounts go through.
# Known     parquet has no 128-bit integer; polars leaves a type of its own in the file's schema.
# Hurts     archives of exact amounts: the file is found unreadable when someone else opens it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check polars==2.1.0 pyarrow==25.0.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import polars as pl
import pyarrow.parquet

AMOUNT = 10**30 + 1
frame = pl.DataFrame({"amount": pl.Series([AMOUNT], dtype=pl.Int128)})
frame.write_parquet("int128.parquet")
frame.select(pl.col("amount").cast(pl.Decimal(38, 0))).write_parquet("decimal.parquet")


def tried(action):
    try:
        return str(action())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


seen = {
    "Int128 read by polars": tried(lambda: pl.read_parquet("int128.parquet")["amount"][0]),
    "Int128 read by pyarrow": tried(lambda: pyarrow.parquet.read_table("int128.parquet")),
    "Int128 by to_arrow": tried(frame.to_arrow),
    "Decimal read by pyarrow": tried(
        lambda: pyarrow.parquet.read_table("decimal.parquet")["amount"][0]
    ),
}
for what, result in seen.items():
    print(f"{what:24} {result[:90]}")
own, arrow, memory, decimals = seen.values()
as_stated = own == decimals == str(AMOUNT) and "not implemented" in arrow and "Arrow" in memory
sys.exit(0 if as_stated else 1)
PY
