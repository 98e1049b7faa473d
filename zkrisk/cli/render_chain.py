"""A deployment and its freshness, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkrisk.cli.chain_access import chain_name
from zkrisk.cli.figures import age_text, time_text
from zkrisk.cli.output import Line
from zkrisk.cli.render_text import labelled

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

CONTRACTS = (
    "registry", "sheet", "policies", "manager", "custodians", "venues", "readers", "binder", "heartbeat", "challenges",
    "creditors",
)  # fmt: skip


def chain_facts(chain: ChainClient) -> dict[str, Any]:
    """Public facts about a deployment."""
    epoch, block_time = chain.newest_epoch(), chain.block_time()
    file = chain.file
    return {
        "chain_id": chain.chain_id,
        "chain": chain_name(chain.chain_id),
        "rpc": chain.rpc.name,
        "block_time_unix": block_time,
        "universe": file.universe.id,
        "tier": file.universe.tier.name,
        "epoch": epoch,
        "epoch_time_unix": chain.epoch_time(epoch) if epoch else None,
        "key_class": file.key_class,
        "synthetic": file.synthetic,
        "contracts": {name: getattr(file.contracts, name) for name in CONTRACTS},
        "vaults": dict(file.contracts.vaults),
        "tokens": dict(file.tokens),
        "policies": dict(file.policies),
    }


def chain_lines(chain: ChainClient) -> list[Line]:
    """The same in lines."""
    facts = chain_facts(chain)
    lines: list[Line] = [f"chain {facts['chain_id']} ({facts['chain']}) at {facts['rpc']}"]
    lines += labelled("time", time_text(facts["block_time_unix"]), width=11)
    text = f"{facts['universe']}, tier {facts['tier']}" + (", synthetic prices: DEMO" if facts["synthetic"] else "")
    lines += labelled("universe", text, width=11)
    lines += labelled("keys", str(facts["key_class"]), width=11)
    taken = facts["epoch_time_unix"]
    age = f"{facts['epoch']}, {age_text(facts['block_time_unix'] - taken)} old" if taken else "no snapshot yet"
    lines += labelled("epoch", age, width=11)
    for name, address in {**facts["contracts"], **facts["vaults"]}.items():
        lines += labelled(f"{name}", address, width=11)
    for name, policy_id in facts["policies"].items():
        lines += labelled("policy", f"{name} {policy_id[:10]}…{policy_id[-4:]}", width=11)
    return lines
