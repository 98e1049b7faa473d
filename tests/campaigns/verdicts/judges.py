"""The four verifiers, each behind the same question. A refusal is an error of the package; anything else is a crash."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from eth_abi import encode
from eth_utils import keccak

from scripts.test import forge
from tests.campaigns.record import ROOT
from tests.campaigns.verdicts.tuples import Tuple
from zkrisk.chain.anvil import Anvil
from zkrisk.chain.rpc import Rpc
from zkrisk.errors import ZkRiskError
from zkrisk.proof.backends import native, pairing, snarkjs

__all__ = ["Judges", "Verdict", "judge_code"]

_JUDGE: Final = "0x00000000000000000000000000000000000000aa"
_BLOCK_GAS: Final = 1 << 40
_OUT: Final = ROOT / "build" / "verdicts"
_NOT_EQUAL: Final = "the pairing equation does not hold"


@dataclass(frozen=True)
class Verdict:
    """What a verifier said.

    Attributes:
        paired: It came to the pairing. None where that cannot be seen from outside.
    """

    accepted: bool
    paired: bool | None


def judge_code() -> str:
    """Compile the contract that calls the verifying libraries, apart from everybody else's output; return its code."""
    source = "test/utils/VerdictJudge.sol"
    command = [forge(), "build", source, "--out", str(_OUT / "out"), "--cache-path", str(_OUT / "cache")]
    subprocess.run(command, cwd=ROOT / "contracts", check=True, capture_output=True)
    compiled = json.loads((_OUT / "out" / "VerdictJudge.sol" / "VerdictJudge.json").read_text())
    code: str = compiled["deployedBytecode"]["object"]
    return code


def _in_process(check: object, given: Tuple) -> Verdict:
    try:
        check(given.material, given.public, given.proof)  # type: ignore[operator]
    except ZkRiskError as error:
        return Verdict(False, error.message == _NOT_EQUAL)
    return Verdict(True, True)


class Judges:
    """Native, py_ecc, snarkjs in one node process, and the contracts' libraries in an EVM; use as a context manager."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __enter__(self) -> Self:
        self._node = subprocess.Popen(
            snarkjs.verdict_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._anvil = Anvil.start(start_unix=1_800_000_000, block_gas_limit=_BLOCK_GAS)
        self._rpc: Rpc = self._anvil.rpc(timeout_s=300)
        self._rpc.raw("anvil_setCode", [_JUDGE, self._code])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._anvil.stop()
        if self._node.stdin is not None:
            self._node.stdin.close()
        self._node.wait(timeout=30)

    def native(self, given: Tuple) -> Verdict:
        """Ask the native verifier."""
        return _in_process(native.verify, given)

    def py_ecc(self, given: Tuple) -> Verdict:
        """Ask the pure-Python verifier."""
        return _in_process(pairing.verify, given)

    def snarkjs(self, given: Tuple) -> Verdict:
        """Ask snarkjs, behind the checks of `zkrisk.proof.backends.snarkjs`."""
        try:
            question = snarkjs.request(given.material, given.public, given.proof)
        except ZkRiskError:
            return Verdict(False, False)
        assert self._node.stdin is not None and self._node.stdout is not None
        self._node.stdin.write(question + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        return Verdict(answer["accepted"], answer["paired"])

    def solidity(self, many: Sequence[Tuple]) -> list[Verdict]:
        """Ask the contracts' libraries about a batch, in one call."""
        rows = [(given.material, [value % (1 << 256) for value in given.public], given.proof) for given in many]
        data = keccak(text="verdicts((bytes,uint256[],bytes)[])")[:4] + encode(["(bytes,uint256[],bytes)[]"], [rows])
        call = {"to": _JUDGE, "data": "0x" + data.hex(), "gas": hex(_BLOCK_GAS - 1)}
        answer = bytes.fromhex(self._rpc.raw("eth_call", [call, "latest"]).removeprefix("0x"))
        verdicts = answer[64 : 64 + len(many)]
        assert int.from_bytes(answer[32:64], "big") == len(many)
        return [Verdict(byte == 1, None) for byte in verdicts]
