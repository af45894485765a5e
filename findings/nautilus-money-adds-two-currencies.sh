#!/usr/bin/env bash
# Package   nautilus_trader 1.221.0 (PyPI)
# Expected  Money knows its currency: adding dollars to tethers, or to bitcoins, is refused, as
#           comparing them is.
# Happens   Comparing raises ("currency USD != other.currency"), adding and subtracting do not: they
#           return a bare Decimal with no currency, for one currency as for two.
# Known     seen in 1.221.0; not documented as far as we found.
# Hurts     sums of profit over markets settled in different coins: the mistake that the type exists
#           to stop passes in silence.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check nautilus_trader==1.221.0
"$dir/venv/bin/python" - <<'PY'
import sys

from nautilus_trader.model.currencies import BTC, USD
from nautilus_trader.model.objects import Money

dollars, coins = Money(100, USD), Money(2, BTC)


def tried(action):
    try:
        return repr(action())
    except ValueError as error:
        return f"refused: {error}"


seen = {
    "100 USD == 2 BTC": tried(lambda: dollars == coins),
    "100 USD < 2 BTC": tried(lambda: dollars < coins),
    "100 USD + 2 BTC": tried(lambda: dollars + coins),
    "100 USD - 2 BTC": tried(lambda: dollars - coins),
    "100 USD + 100 USD": tried(lambda: dollars + dollars),
}
for what, result in seen.items():
    print(f"{what:18} {result}")
results = list(seen.values())
as_stated = all(r.startswith("refused") for r in results[:2]) and results[2].startswith("Decimal('102")
sys.exit(0 if as_stated and results[4].startswith("Decimal") else 1)
PY
