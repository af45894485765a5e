#!/usr/bin/env bash
# Package   nautilus_trader 1.221.0 (PyPI), its loader for Tardis CSV files
# Expected  TardisCSVDataLoader finds the decimals of a file's prices and sizes and loads them as they
#           stand.
# Happens   The decimals are taken from the shortest text of a double, which below 0.00001 turns to
#           "6.91e-6": five decimals are found where eight are needed, and 0.00000691 is loaded as
#           0.00001, 45 % too high. A trade whose amount is rounded to nothing in this way is left
#           out of the result. Neither is reported. Prices of 0.00001 and above are right.
# Known     seen in 1.221.0; the arguments price_precision and size_precision avoid it.
# Hurts     markets quoted in small prices (PEPE and SHIB perpetuals are): every price of the file.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check nautilus_trader==1.221.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

from nautilus_trader.adapters.tardis.loaders import TardisCSVDataLoader

HEAD = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"


def load(trades, **precision):
    with open("trades.csv", "w") as file:
        file.write(HEAD)
        for i, (price, amount) in enumerate(trades):
            stamp = 1_700_000_000_000_000 + i
            file.write(f"binance-futures,TESTUSDT,{stamp},{stamp + 500},{i},buy,{price},{amount}\n")
    ticks = TardisCSVDataLoader(**precision).load_trades("trades.csv")
    return [(str(tick.price), str(tick.size)) for tick in ticks]


tiny = [("0.00000691", "1000"), ("0.00000742", "2000")]
seen = {
    "0.00000691 and 0.00000742": load(tiny),
    "the same, price_precision=8": load(tiny, price_precision=8),
    "0.0000691 and 0.0000742": load([("0.0000691", "1000"), ("0.0000742", "2000")]),
    "sizes 0.5 and 0.00000001": load([("100.5", "0.5"), ("100.5", "0.00000001")]),
}
for what, ticks in seen.items():
    print(f"{what:28} -> {ticks}")
prices = [[price for price, _ in ticks] for ticks in seen.values()]
as_stated = (
    prices[0] == ["0.00001", "0.00001"]
    and prices[1] == ["0.00000691", "0.00000742"]
    and prices[2] == ["0.0000691", "0.0000742"]
    and len(prices[3]) == 1
)
sys.exit(0 if as_stated else 1)
PY
