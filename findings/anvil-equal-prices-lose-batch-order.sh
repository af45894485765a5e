#!/usr/bin/env bash
# Package   @foundry-rs/anvil 1.7.1 (npm)
# Expected  Transactions of one gas price, each from its own sender, are mined in the order in which
#           they came, or at least by one rule for any number of them.
# Happens   5, 20 or 64 of them in one JSON-RPC batch keep the order of the batch; 300 do not: about
#           two in five are mined before the one that was sent before them.
# Known     not documented; seen in 1.7.1.
# Hurts     simulations that send a block's trades as one batch: small cases keep the order of
#           arrival, large ones silently trade in another.
set -euo pipefail
dir=$(mktemp -d)
node=
trap '[[ -z $node ]] || kill "$node" 2>/dev/null || true; rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" @foundry-rs/anvil@1.7.1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$dir/node_modules/.bin/anvil" --silent --no-mining --port "$port" >/dev/null &
node=$!
PORT=$port python3 - <<'PY'
import json
import os
import sys
import time
import urllib.request

URL = f"http://127.0.0.1:{os.environ['PORT']}"


def batch(calls):
    body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in enumerate(calls)]
    request = urllib.request.Request(
        URL, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return [a["result"] for a in sorted(json.load(answer), key=lambda a: a["id"])]


for _ in range(100):
    try:
        batch([("eth_chainId", [])])
        break
    except OSError:
        time.sleep(0.1)


def order(count):
    """Places in the block of `count` transfers sent as one batch, each by its own sender."""
    senders = [f"0x{0x10000 + i:040x}" for i in range(count)]
    batch([("anvil_setBalance", [s, hex(10**18)]) for s in senders])
    batch([("anvil_impersonateAccount", [s]) for s in senders])
    fields = {"to": "0x" + "ee" * 20, "value": "0x1", "gas": "0x5208", "gasPrice": hex(10**10)}
    sent = batch([("eth_sendTransaction", [{"from": s, **fields}]) for s in senders])
    batch([("evm_mine", [])])
    mined = batch([("eth_getBlockByNumber", ["latest", False])])[0]["transactions"]
    assert sorted(mined) == sorted(sent)
    return [mined.index(h) for h in sent]


seen = {}
for count in (5, 20, 64, 300):
    places = order(count)
    seen[count] = places == sorted(places)
    kept = "order of the batch" if seen[count] else f"{sum(a > b for a, b in zip(places, places[1:]))} before their predecessor"
    print(f"{count:4} transactions of one price: {kept}")
sys.exit(0 if seen == {5: True, 20: True, 64: True, 300: False} else 1)
PY
