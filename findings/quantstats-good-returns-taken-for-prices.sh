#!/usr/bin/env bash
# Package   quantstats 0.0.86 (PyPI), with pandas 2.3.3
# Expected  stats.sharpe, win_rate, max_drawdown and the rest take a series of returns as returns.
# Happens   A series with no negative value and one above 1 is taken for prices and differenced first:
#           six days of gains, one of them of 120 %, get a win rate of 60 % and a drawdown of 98 %.
#           With 90 % instead of 120 %, or one tiny loss, the same series is read as returns;
#           stats.comp never guesses.
# Known     the rule is a comment inside utils._prepare_returns; no public function's text has it.
# Hurts     returns per trade, of leveraged or of short series, and of insurance funds that only gain:
#           the better the strategy, the worse it looks.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check quantstats==0.0.86 pandas==2.3.3
MPLCONFIGDIR="$dir" "$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import pandas as pd
import quantstats as qs

DAYS = pd.date_range("2024-01-01", periods=6, freq="D")


def measures(returns):
    series = pd.Series(returns, DAYS)
    names = ("win_rate", "max_drawdown", "comp")
    return [round(float(getattr(qs.stats, name)(series)), 4) for name in names]


gains = measures([0.01, 0.10, 0.05, 1.20, 0.02, 0.03])
lower = measures([0.01, 0.10, 0.05, 0.90, 0.02, 0.03])
loss = measures([0.01, 0.10, 0.05, 1.20, 0.02, -0.0001])
print("win rate, drawdown, total return")
print("gains only, best day 120 %              ", gains)
print("gains only, best day  90 %              ", lower)
print("best day 120 %, last day a loss of 0.01 %", loss)
as_stated = gains[0] < 1 and gains[1] < -0.9 and lower[:2] == [1.0, 0.0] and loss[1] == -0.0001
sys.exit(0 if as_stated else 1)
PY
