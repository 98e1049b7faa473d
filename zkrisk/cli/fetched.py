"""What `sheet fetch` keeps for `prove --offline`: the account's public state and the registered policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from zkrisk.cli.chain_access import account_of, chain_folder, deployment_path
from zkrisk.cli.inputs import load_latest
from zkrisk.cli.transactions import parse_seconds
from zkrisk.errors import NotFound, UsageError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.deployment import DeploymentFile
    from zkrisk.cli.proof_request import ProofRequest
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening
    from zkrisk.pipeline import Prepared
    from zkrisk.store import StoreIndex

FETCH = "zkrisk sheet fetch"


def keep_state(session: Session, chain: ChainClient, index: StoreIndex) -> None:
    """Keep the account's public state, where an account is known, and the policies of the deployment."""
    from zkrisk.pipeline_offline import read_card  # noqa: PLC0415  (web3 takes 0.4 s)

    for policy_id in chain.file.policies.values():
        policy = chain.policy(bytes.fromhex(policy_id.removeprefix("0x"))).policy
        index.add_public("policy", f"{chain.chain_id}-{policy_id}", {"text": json.dumps(policy.to_dict())})
    try:
        account = account_of(session, None)
    except UsageError:
        return
    index.add_public("account", f"{chain.chain_id}-{account}", read_card(chain, account).to_dict())


def prepare_offline(session: Session, request: ProofRequest) -> tuple[Prepared, Opening]:
    """Prepare an attestation from what was fetched.

    Raises:
        NotFound: Something was not fetched.
    """
    from zkrisk.book.files import parse_json  # noqa: PLC0415  (--help does without)
    from zkrisk.pipeline_offline import AccountCard, prepare_attest_offline  # noqa: PLC0415
    from zkrisk.policy.load import parse_policy  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415
    from zkrisk.sheet import load_sheet  # noqa: PLC0415

    file = _deployment(session, request.deployment)
    if request.policy is None:
        raise UsageError("no policy was named", hint="--policy NAME, or set 'policy' in the profile")
    policy_id = request.policy if request.policy.startswith("0x") else "0x" + file.policy_id(request.policy).hex()
    with session.open_store() as store:
        policy = parse_policy(parse_json(_fetched(store, "policy", f"{file.chain_id}-{policy_id}")["text"]))
        card = AccountCard.from_dict(_fetched(store, "account", f"{file.chain_id}-{request.account}"))
        opening = store.opening_for(card.commitment)
    sheet = load_sheet(Path(request.sheet)) if request.sheet else load_latest(session)
    with session.progress.phase("limits") as said:
        prepared = prepare_attest_offline(
            file,
            default_artifacts(),
            opening,
            sheet,
            policy=policy,
            policy_id=bytes.fromhex(policy_id[2:]),
            card=card,
            deadline_unix=session.now_unix() + parse_seconds(request.deadline),
        )
        said.append(f"hold at epoch {sheet.epoch}, as fetched; no chain was asked")
    return prepared, opening


def _deployment(session: Session, text: str | None) -> DeploymentFile:
    from zkrisk.chain.deployment import DeploymentFile  # noqa: PLC0415  (web3 takes 0.4 s)

    if text is not None:
        return DeploymentFile.load(Path(text))
    wanted = session.config.settings.chain_id
    paths = [deployment_path(session, wanted)] if wanted else sorted(chain_folder(session).glob("deployment-*.json"))
    if len(paths) != 1 or not paths[0].is_file():
        raise NotFound(f"{len(paths)} deployments are known, which one is meant?", hint="--deployment FILE")
    return DeploymentFile.load(paths[0])


def _fetched(index: StoreIndex, kind: str, name: str) -> dict[str, str]:
    for entry in index.public(kind):
        if entry.name == name:
            return entry.facts
    raise NotFound(f"the {kind} was not fetched from the chain", hint=FETCH)
