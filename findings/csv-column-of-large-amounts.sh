#!/usr/bin/env bash
# Packages  pandas 2.3.3, pyarrow 25.0.1, polars 2.1.0, duckdb 2.0.1 (PyPI)
# Expected  A CSV column of integers is read as integers, or refused where they are too wide.
# Happens   One value of 31 digits in the column, and four readers give four types: pandas keeps the
#           texts of all rows and sums them by joining them; pyarrow makes doubles and loses 2**63 - 1
#           in the other row; polars reads Int128 and DuckDB HUGEINT, both exact.
# Known     each library's type inference; none warns.
# Hurts     token amounts with 18 decimals: a file reads well for months until one amount passes
#           2**64, and then the whole column changes its kind.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check \
  pandas==2.3.3 pyarrow==25.0.1 polars==2.1.0 duckdb==2.0.1
cd "$dir"
printf 'amount\n1000000000000000000000000000001\n9223372036854775807\n' >amounts.csv
"$dir/venv/bin/python" - <<'PY'
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow.csv

exact = [10**30 + 1, 2**63 - 1]
text = pd.read_csv("amounts.csv")["amount"]
doubles = pyarrow.csv.read_csv("amounts.csv")["amount"]
wide = pl.read_csv("amounts.csv")["amount"]
huge = duckdb.sql("select typeof(amount), amount from 'amounts.csv'").fetchall()
print("pandas   ", text.dtype, text.tolist(), "sum:", repr(text.sum()))
print("pyarrow  ", doubles.type, doubles.to_pylist())
print("polars   ", wide.dtype, wide.to_list())
print("duckdb   ", huge[0][0], [row[1] for row in huge])
as_stated = (
    text.sum() == "".join(map(str, exact))
    and doubles.to_pylist() == [1e30, 9.223372036854775807e18]
    and (wide.dtype, wide.to_list()) == (pl.Int128, exact)
    and huge == [("HUGEINT", value) for value in exact]
)
sys.exit(0 if as_stated else 1)
PY
