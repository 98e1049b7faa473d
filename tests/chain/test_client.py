"""The edge to the network: errors in our words, endpoints without their keys, signers, deployment files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chain_stage import Stage
from eth_account import Account

from zkrisk.chain import client
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.events import Event
from zkrisk.chain.refusals import refusal
from zkrisk.chain.rpc import Rpc, public_url
from zkrisk.chain.signer import CustodianStatement, anvil_signer, open_signer, sign_statement
from zkrisk.errors import (
    BadFile,
    ChainError,
    EnvironmentBroken,
    InputError,
    NotFound,
    StoreLocked,
    Unreachable,
    WrongChain,
)
from zkrisk.params import Action

NOWHERE = "http://user:hunter2@127.0.0.1:9/v3/SECRETKEY?token=SECRETTOO"


def test_public_url_hides_path_query_and_user() -> None:
    assert public_url(NOWHERE) == "http://127.0.0.1:9"
    assert "SECRET" not in repr(Rpc(NOWHERE)) and "hunter2" not in repr(Rpc(NOWHERE))


def test_rpc_that_does_not_answer_is_unreachable_and_keeps_its_key() -> None:
    with pytest.raises(Unreachable) as caught:
        Rpc(NOWHERE, timeout_s=0.5).block_number()
    assert caught.value.exit_code == 8
    assert not {"SECRET", "hunter2"} & set(str(caught.value).replace("/", " ").split())
    assert "SECRET" not in str(caught.value) + str(caught.value.where) + str(caught.value.hint)


def test_rpc_of_another_chain_is_named(stage: Stage) -> None:
    rpc = Rpc(stage.scene.anvil.url, expect_chain_id=8453)
    with pytest.raises(WrongChain, match="31337, not 8453"):
        rpc.check_chain()


def test_client_of_an_empty_address_says_so(stage: Stage) -> None:
    document = stage.chain.file.to_dict()
    document["contracts"]["sheet"] = stage.actor("mallory").address
    client = ChainClient(stage.chain.rpc, DeploymentFile.parse(document))
    with pytest.raises(ChainError, match="no contract"):
        client.newest_epoch()


def test_custodian_of_a_commitment_is_read_from_the_events(stage: Stage) -> None:
    opening, account = stage.commit(stage.opening()), stage.actor("trader").address
    sequence = stage.chain.account(account).sequence
    found = stage.chain.custodian(account, opening.commitment, sequence)
    assert found is not None and found.address == stage.actor("custodian").address
    assert stage.chain.custodian(account, opening.commitment, sequence + 1) is None
    assert stage.chain.custodian(account, opening.commitment + 1, sequence) is None


def test_custodian_is_the_one_whose_statement_reaches_furthest(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement about an earlier time that is attached later shortens nothing, and hides nobody."""
    statements = [("A", 1, 50), ("B", 1, 90), ("C", 1, 70), ("D", 2, 99)]
    events = tuple(Event("", "", {"custodian": c, "sequence": n, "asOf": t}, 1, "") for c, n, t in statements)
    monkeypatch.setattr(client, "read_events", lambda *_, **__: events)
    found = stage.chain.custodian(stage.actor("trader").address, 1, 1)
    assert found is not None and (found.address, found.as_of_unix) == ("B", 90)


def test_genesis_is_the_hash_of_the_first_block(stage: Stage) -> None:
    assert stage.chain.genesis_hash() == stage.chain.rpc.raw("eth_getBlockByNumber", ["0x0", False])["hash"]


def test_client_pinned_to_a_block_does_not_see_later_ones(stage: Stage) -> None:
    pinned = stage.chain.pinned()
    before = pinned.newest_epoch(), pinned.block_time()
    stage.scene.next_epoch()
    stage.scene.new_sheet()
    assert (pinned.newest_epoch(), pinned.block_time()) == before
    assert stage.chain.newest_epoch() > before[0]


def test_send_that_would_revert_is_named_and_not_sent(stage: Stage) -> None:
    sender = stage.actor("mallory")
    before = stage.chain.rpc.block_number()
    with pytest.raises(refusal("NoPendingCommitment")) as caught:
        sender.send(stage.chain.manager.functions.activatePending())
    assert caught.value.details["args"] == {"account": sender.address.lower()}
    assert "tx_hash" not in caught.value.details and stage.chain.rpc.block_number() == before


def test_send_tells_the_hash_before_the_transaction_leaves(stage: Stage) -> None:
    seen: list[tuple[str, int]] = []
    rpc = stage.chain.rpc
    opening = stage.opening()
    outcome = stage.actor("trader").send(
        stage.chain.manager.functions.commit(opening.commitment),
        on_signed=lambda tx_hash: seen.append((tx_hash, rpc.block_number())),
    )
    assert seen == [(outcome.tx_hash, outcome.block_number - 1)]
    assert stage.chain.nonce(stage.actor("trader").address, Action.ATTEST) == 0


def test_signer_anvil_is_refused_on_any_other_chain() -> None:
    assert anvil_signer(0, 31_337).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    for chain_id in (1, 8453, 1337):
        with pytest.raises(EnvironmentBroken):
            open_signer("anvil:0", chain_id)


def test_signer_keystore_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    account = Account.create()
    path = tmp_path / "main.json"
    path.write_text(json.dumps(account.encrypt("right", iterations=2)))
    assert open_signer("main", 1, keystores=tmp_path, passphrase="right").address == account.address  # noqa: S106
    for passphrase in ("wrong", None):
        with pytest.raises(StoreLocked):
            open_signer("main", 1, keystores=tmp_path, passphrase=passphrase)
    with pytest.raises(NotFound):
        open_signer("other", 1, keystores=tmp_path, passphrase="right")  # noqa: S106
    path.write_text("{}")
    with pytest.raises(BadFile):
        open_signer("main", 1, keystores=tmp_path, passphrase="right")  # noqa: S106


def test_signer_repr_shows_the_address_only() -> None:
    signer = anvil_signer(3, 31_337)
    assert repr(signer) == f"<Signer {signer.address}>" and signer.account.key.hex() not in repr(signer)


def test_statement_is_signed_as_the_contract_reads_it(stage: Stage) -> None:
    statement = CustodianStatement(stage.actor("trader").address, 77, 3, 1_700_000_000)
    registry = stage.chain.deployment.custodians
    signature = sign_statement(stage.actor("custodian").signer, statement, chain_id=31_337, registry=registry)
    digest = stage.chain.read(stage.chain.custodians.functions.statementDigest(statement.as_tuple()))
    assert Account._recover_hash(digest, signature=signature) == stage.actor("custodian").address
    with pytest.raises(InputError):
        sign_statement(
            stage.actor("custodian").signer,
            CustodianStatement(statement.account, 1, 1 << 64, 0),
            chain_id=1,
            registry=registry,
        )


def test_deployment_file_round_trips_and_refuses_another_universe(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    stage.chain.file.save(path)
    assert DeploymentFile.load(path) == stage.chain.file
    document = json.loads(path.read_text())
    document["universe"]["sha256"] = "0" * 64
    with pytest.raises(BadFile, match="another version"):
        DeploymentFile.parse(document)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "urn:zkrisk:deployment/v1"}'])
def test_deployment_file_that_is_malformed_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with pytest.raises(BadFile):
        DeploymentFile.load(path)
