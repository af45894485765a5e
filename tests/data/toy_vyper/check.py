"""The toy's own tests: `weak` asks little of the pot, `whole` asks all of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.output import build_abi_output
from vyper.compiler.phases import CompilerData

from sim.abi.methods import Method
from sim.chain.port import Call, CallReverted
from sim.chain.pyevm import PyEvmChain
from sim.chain.revm import RevmChain

ROOT = Path(__file__).resolve().parent
KEEPER, STRANGER = "0x" + "11" * 20, "0x" + "22" * 20


def main(suite: str) -> None:
    """Deploy the pot and ask; on py-evm where somebody wants to see its steps."""
    path = ROOT / "toy" / "Pot.vy"
    bundle = FilesystemInputBundle([ROOT])
    data = CompilerData(FileInput(-1, Path("toy/Pot.vy"), path, path.read_text()), bundle)
    abi = [one for one in build_abi_output(data) if one["type"] == "function"]
    methods = {one["name"]: Method("Pot", one) for one in abi}
    chain = PyEvmChain() if "VYPER_TRACES" in os.environ else RevmChain()
    chain.begin_block(number=1, timestamp_s=1)
    pot = chain.deploy(KEEPER, data.bytecode)

    def send(sender: str, name: str, *arguments: object) -> bool:
        chain.submit([Call(sender, pot, methods[name].encode(*arguments))])
        return chain.seal()[0].ok

    def read(name: str, *arguments: object) -> object:
        return methods[name].decode(chain.read(pot, methods[name].encode(*arguments)))

    assert send(STRANGER, "put", 10)
    assert read("held") == 10
    if suite == "weak":
        return
    assert not send(STRANGER, "put", 0)
    assert not send(STRANGER, "pay", 1, False)
    assert not send(KEEPER, "pay", 11, False)
    assert send(KEEPER, "pay", 3, False)
    assert (read("held"), read("paid")) == (7, 3)
    assert read("share", 2) == 285
    assert read("share", 9) == 1_000
    assert send(KEEPER, "pay", 3, True)
    assert (read("held"), read("paid")) == (0, 10)
    try:
        read("share", 1)
    except CallReverted:
        return
    raise AssertionError("an empty pot has no shares")


main(sys.argv[1])
