#!/usr/bin/env bash
# Package   vyper 0.4.3 (PyPI)
# Expected  A comment changes nothing that is deployed.
# Happens   The creation code ends in metadata holding a hash over the source texts of all modules,
#           comments included. A comment added to an imported module changes the creation code, and
#           with it every CREATE2 address; the runtime code stays the same byte for byte.
# Known     seen in 0.4.3, whose option `--no-bytecode-metadata` leaves the hash out.
# Hurts     whoever fixes addresses by CREATE2, compares builds by hash, or caches by creation code.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check vyper==0.4.3
cat >"$dir/fees.vy" <<'VY'
@internal
@pure
def _fee(amount: uint256) -> uint256:
    return amount // 1000
VY
cat >"$dir/desk.vy" <<'VY'
import fees
@external
@pure
def fee(amount: uint256) -> uint256:
    return fees._fee(amount)
VY
cd "$dir"
build() { "$dir/venv/bin/vyper" -f "$1" "${@:2}" desk.vy; }
creation_1=$(build bytecode) runtime_1=$(build bytecode_runtime) bare_1=$(build bytecode --no-bytecode-metadata)
echo '# a tenth of a per cent' >>fees.vy
creation_2=$(build bytecode) runtime_2=$(build bytecode_runtime) bare_2=$(build bytecode --no-bytecode-metadata)
same() { [[ $1 == "$2" ]] && echo equal || echo different; }
echo "a comment added to an imported module:"
echo "creation code                  $(same "$creation_1" "$creation_2")"
echo "creation code, no metadata     $(same "$bare_1" "$bare_2")"
echo "runtime code                   $(same "$runtime_1" "$runtime_2")"
[[ $creation_1 != "$creation_2" && $runtime_1 == "$runtime_2" && $bare_1 == "$bare_2" ]] || exit 1
