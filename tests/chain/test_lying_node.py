"""A node that answers nonsense, and a registry entry that no policy file could have made.

A node can lie in ways that no client notices (docs/trust.md). What it cannot do is to end a command with anything but
one of our errors, or to have a proof prepared on one answer that the others contradict.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from chain_stage import MicroPlan, Stage

from zkrisk.chain import sheet_reader
from zkrisk.chain.audit import audit
from zkrisk.chain.client import ChainClient
from zkrisk.chain.events import read_topics
from zkrisk.chain.policies import limits_struct
from zkrisk.chain.rpc import Rpc
from zkrisk.commitment import Opening
from zkrisk.errors import ChainError, PolicyMismatch, ZkRiskError
from zkrisk.params import CircuitKind
from zkrisk.pipeline import Prepared, prepare_attest

PLAN = MicroPlan(universe="micro-8", seed=1)
NO_TEXT = b"\xff" * 8
Answer = dict[str, Any]
Lie = Callable[[Answer], Answer]


def _digits(digit: str) -> Lie:
    def lie(answer: Answer) -> Answer:
        result = answer["result"]
        return {**answer, "result": "0x" + digit * (len(result) - 2) if isinstance(result, str) else {}}

    return lie


def _half(answer: Answer) -> Answer:
    result = answer["result"]
    return {**answer, "result": result[: len(result) // 2] if isinstance(result, str) else dict.fromkeys(result)}


def _no_result(answer: Answer) -> Answer:
    return {name: value for name, value in answer.items() if name != "result"}


LIES: dict[str, Lie] = {
    "null": lambda answer: {**answer, "result": None},
    "empty": lambda answer: {**answer, "result": "0x"},
    "zeros": _digits("0"),
    "ones": _digits("f"),
    "text": lambda answer: {**answer, "result": "zz"},
    "number": lambda answer: {**answer, "result": 7},
    "half": _half,
    "error": lambda answer: {**_no_result(answer), "error": {"code": -32000, "message": "\x1b[2J"}},
    "error of another form": lambda answer: {**_no_result(answer), "error": "no"},
    "no result": _no_result,
}


class LyingNode:
    """A client of the stage's chain whose answer of one number is changed on the way."""

    def __init__(self, stage: Stage, position: int | None = None, lie: Lie = dict) -> None:
        self.answers = 0
        self._position, self._lie = position, lie
        rpc = Rpc(stage.scene.anvil.url)
        provider = rpc.web3.provider
        one, many = provider.make_request, provider.make_batch_request
        provider.make_request = lambda method, values: self._pass(one(method, values))
        provider.make_batch_request = lambda requests: [self._pass(answer) for answer in many(requests)]
        self.chain = ChainClient(rpc, stage.chain.file)

    def _pass(self, answer: Answer) -> Answer:
        self.answers += 1
        return self._lie(answer) if self.answers - 1 == self._position else answer


def public_part(prepared: Prepared) -> tuple[Any, ...]:
    """What the proof would be about. The snapshot's time is not in it: the contract has its own."""
    sheet = prepared.sheet
    return (
        prepared.request, prepared.commitment, prepared.leg, prepared.policy, prepared.assurance,
        sheet.prices, sheet.blocked, sheet.parameters, sheet.window.returns,
    )  # fmt: skip


@pytest.fixture
def opening(stage: Stage) -> Opening:
    return stage.commit(stage.opening())


def prepare(stage: Stage, node: LyingNode, opening: Opening) -> Prepared:
    return prepare_attest(node.chain.pinned(), stage.artifacts, opening, stage.policy_id)


@pytest.mark.parametrize("name", LIES)
def test_nonsense_in_one_answer_ends_in_an_error_of_ours_or_changes_nothing(
    stage: Stage, opening: Opening, name: str
) -> None:
    honest = LyingNode(stage)
    expected = public_part(prepare(stage, honest, opening))
    step, refused = len(LIES), 0
    # The lies share the answers: each of ten kinds is told in every tenth place, shifted by one.
    for position in range(list(LIES).index(name), honest.answers, step):
        try:
            found = public_part(prepare(stage, LyingNode(stage, position, LIES[name]), opening))
        except ZkRiskError:
            refused += 1
        else:
            assert found == expected, position
    assert refused


def test_window_whose_events_a_node_has_dropped_is_an_error_of_the_chain(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    closes = [(1,) * 8]
    rpc: Any = SimpleNamespace(
        name="node",
        call=lambda view, block: (40, 20_000, 0),
        call_many=lambda views, block: closes * len(views),
        block_number=lambda: 1,
    )
    views: Any = SimpleNamespace(functions=SimpleNamespace(closeState=lambda: None, closesOf=lambda number: None))
    monkeypatch.setattr(sheet_reader, "read_events", lambda *_, **__: ())
    reader = sheet_reader.SheetReader(rpc, stage.chain.file, views)
    assert len(reader.window(39, 1).returns) == 16
    with pytest.raises(ChainError, match="lacks 2 closes of the window, the first is number 21"):
        reader.window(37, 1)


def _register(stage: Stage, name: bytes) -> bytes:
    """Register a policy under any bytes; the contract only counts them."""
    limits = limits_struct(PLAN.policy(), stage.chain.universe)
    stand_in = "z" * len(name)
    registry = stage.chain.policies
    data = registry.encode_abi("register", [stand_in, limits]).replace(stand_in.encode().hex(), name.hex())
    sender = stage.actor("mallory")
    sent = {"from": sender.address, "to": registry.address, "data": data, "gas": hex(2_000_000)}
    sent_hash = stage.chain.rpc.raw("eth_sendTransaction", [sent])
    stage.chain.rpc.web3.eth.wait_for_transaction_receipt(sent_hash)
    (policy_id, _) = _policies(stage)[-1]
    return policy_id


def _policies(stage: Stage) -> tuple[tuple[bytes, ...], ...]:
    """Id and owner of every registered policy, as the audit finds them."""
    rpc, file = stage.chain.rpc, stage.chain.file
    last = rpc.block_number()
    return read_topics(
        rpc, "PolicyRegistry", file.contracts.policies, "PolicyRegistered", first_block=file.block, last_block=last
    )


@pytest.mark.parametrize("name", ["lender\x1b[2J-a", "l\N{CYRILLIC SMALL LETTER IE}nder-a", "--------", "lender-a\n"])
def test_policy_with_a_name_that_no_file_could_have_is_refused_and_its_name_not_shown(stage: Stage, name: str) -> None:
    policy_id = _register(stage, name.encode())
    with pytest.raises(PolicyMismatch) as caught:
        stage.chain.policy(policy_id)
    assert name not in str(caught.value)


def test_policy_whose_name_is_no_text_ends_in_an_error_of_ours(stage: Stage) -> None:
    with pytest.raises(ChainError, match="wrong form"):
        stage.chain.policy(_register(stage, NO_TEXT))


def test_odd_policies_of_strangers_do_not_stop_the_audit(stage: Stage) -> None:
    """Anybody may register anything: a name that is no text, or a value in a limit that is disabled."""
    keys = {kind: stage.artifacts.instance(kind, stage.chain.tier()).key() for kind in CircuitKind}
    odd = _register(stage, NO_TEXT)
    sender, registry = stage.actor("mallory"), stage.chain.policies.functions
    limits = limits_struct(PLAN.policy(), stage.chain.universe) | {"hhiMaxBps": 5}
    sender.send(registry.register("odd", limits), gas=2_000_000)
    (other, _) = _policies(stage)[-1]
    with pytest.raises(PolicyMismatch):
        stage.chain.policy(other)
    for policy_id in (odd, other):
        sender.send(registry.fold(policy_id))
    report = audit(stage.chain.pinned(), keys)
    report.require()
    names = [finding.what for finding in report.findings if finding.what.startswith("policy")]
    assert names == ["policy micro-lender v1", *(f"policy 0x{i.hex()[:12]}…" for i in (odd, other))]


def test_audit_finds_the_changed_limits_of_a_policy_without_a_text(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {kind: stage.artifacts.instance(kind, stage.chain.tier()).key() for kind in CircuitKind}
    stage.actor("mallory").send(stage.chain.policies.functions.fold(_register(stage, NO_TEXT)))
    honest = ChainClient.policy_limits
    monkeypatch.setattr(ChainClient, "policy_limits", lambda *given: honest(*given) | {"leverageMaxBps": 1})
    assert [finding.what for finding in audit(stage.chain.pinned(), keys).problems][-1].startswith("policy 0x")
