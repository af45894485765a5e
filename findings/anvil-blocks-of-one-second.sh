#!/usr/bin/env bash
# Package   @foundry-rs/anvil 1.7.1 (npm)
# Expected  The timestamp of each block is above its parent's, as the protocol demands of a header.
# Happens   Five evm_mine in a row give five blocks of one and the same timestamp, and
#           evm_setNextBlockTimestamp takes the parent's timestamp; only one below it is refused.
# Known     the refusal speaks of "lower than previous block's timestamp"; no word on equal ones.
# Hurts     code that divides by the seconds since the last block (rates, averages weighted by time):
#           it meets a zero that no chain gives, or is never tested with the one second it does give.
set -euo pipefail
dir=$(mktemp -d)
node=
trap '[[ -z $node ]] || kill "$node" 2>/dev/null || true; rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" @foundry-rs/anvil@1.7.1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$dir/node_modules/.bin/anvil" --silent --port "$port" >/dev/null &
node=$!
PORT=$port python3 - <<'PY'
import json
import os
import sys
import time
import urllib.request

URL = f"http://127.0.0.1:{os.environ['PORT']}"


def rpc(method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(URL, body, {"content-type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


for _ in range(100):
    try:
        rpc("eth_chainId")
        break
    except OSError:
        time.sleep(0.1)


def now():
    return int(rpc("eth_getBlockByNumber", "latest", False)["result"]["timestamp"], 16)


start = now()
steps = []
for _ in range(5):
    rpc("evm_mine")
    steps.append(now())
steps = [b - a for a, b in zip([start, *steps], steps)]
print("seconds between blocks of five evm_mine in a row  ", steps)
head = now()
answer = rpc("evm_setNextBlockTimestamp", head)
rpc("evm_mine")
print("parent's timestamp for the next block             ", "error" in answer and "refused" or "taken")
print("seconds to that block                             ", now() - head)
refused = rpc("evm_setNextBlockTimestamp", now() - 1).get("error", {}).get("message", "taken")
print("one second before the parent                      ", "refused" if refused != "taken" else refused)
as_stated = 0 in steps and "error" not in answer and now() == head and refused != "taken"
sys.exit(0 if as_stated else 1)
PY
