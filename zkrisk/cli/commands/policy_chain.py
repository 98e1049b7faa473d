"""`zkrisk policy register`: the verb of `policy` that needs a chain; `register(app)` adds it to the noun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.chain_access import DEPLOYER, deployment_path, open_chain, open_sender
from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import ask_unless_local

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.policy import Policy


def register(app: typer.Typer) -> None:
    """Add the verb to the noun's application."""
    app.command(name="register")(register_policy)


def register_policy(
    context: typer.Context,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="NAME, or a JSON or TOML file.")],
    *,
    fold: Annotated[bool, typer.Option("--fold", help="Only fold the one that is registered.")] = False,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N.")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome:
    """Put a policy on the chain and fold it; does nothing when these limits are there.

    \b
    zkrisk policy register lender-a
    zkrisk policy register ours.toml --rpc URL --signer lender --yes
    """
    from zkrisk.chain.deploy import register_policy as register_on_chain  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.fold import fold_policy  # noqa: PLC0415
    from zkrisk.policy import load_policy  # noqa: PLC0415

    session: Session = context.obj
    wanted = load_policy(policy)
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    known = _registered(chain, wanted)
    if known is None and not fold:
        ask_unless_local(session, chain, sender, f"register and fold {wanted.name}")
        with session.progress.phase("register", f"{wanted.name}, registered and folded"):
            file, known = register_on_chain(sender, chain.file, wanted)
        file.save(deployment_path(session, chain.chain_id))
        word = "registered and folded"
    else:
        policy_id = known or chain.file.policy_id(wanted.name)
        folded, word, known = chain.policy(policy_id).point is not None, "was there already", policy_id
        if not folded:
            ask_unless_local(session, chain, sender, f"fold {wanted.name}")
            with session.progress.phase("fold", wanted.name):
                fold_policy(sender, chain, policy_id)
            word = "folded"
    return _outcome(chain, known, word)


def _registered(chain: ChainClient, wanted: Policy) -> bytes | None:
    """Id of the policy of that name, when its meaning is the wanted one."""
    if wanted.name not in chain.file.policies:
        return None
    policy_id = chain.file.policy_id(wanted.name)
    there, tier, sectors = chain.policy(policy_id).policy, chain.universe.tier, chain.universe.sectors
    same = there.public_values(tier, sectors) == wanted.public_values(tier, sectors)
    frame = (there.confidence_bps, there.max_age_s, there.min_assurance, there.min_coverage_bps)
    asked = (wanted.confidence_bps, wanted.max_age_s, wanted.min_assurance, wanted.min_coverage_bps)
    return policy_id if same and frame == asked else None


def _outcome(chain: ChainClient, policy_id: bytes, word: str) -> Outcome:
    found = chain.policy(policy_id).policy
    result = {
        "policy_id": "0x" + policy_id.hex(),
        "name": found.name,
        "version": found.version,
        "owner": found.owner,
        "state": word.upper().replace(" ", "_"),
    }
    lines = [f"{found.name} v{found.version} {word}", f"  id      0x{policy_id.hex()}", f"  owner   {found.owner}"]
    return Outcome("policy-register", result, lines, next=f"zkrisk prove BOOK --policy {found.name}")
