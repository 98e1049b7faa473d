"""Whether a deployment is made of the contracts compiled here, each bound to the others.

A point that is folded rightly is worth nothing in the hands of another contract: one that asks another sheet, another
registry, or nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from zkrisk.chain.client import ChainClient

__all__ = ["code_and_wiring"]


def code_and_wiring(chain: ChainClient) -> Iterator[tuple[str, bool, str]]:
    """Yield what was compared, whether it agrees, and what is wrong otherwise.

    Args:
        chain: Pinned to a block.
    """
    for name, address in _contracts(chain):
        held = chain.rpc.contracts.load(name).is_code(_code(chain, address))
        yield f"code {name} {address}", held, "is not that of the contract compiled here"
    ours = chain.deployment
    sheet, manager = (
        {"registry": ours.registry},
        {"registry": ours.registry, "sheet": ours.sheet, "policies": ours.policies},
    )
    bound = {"PriceSheet": sheet, "PolicyRegistry": sheet, "ManagerExtension": manager}
    mine = {"manager": ours.manager}
    bound |= {name: mine for name in ("CustodianRegistry", "Heartbeat", "CreditorRegistry")}
    bound["ChallengeDesk"] = mine | {"heartbeat": ours.heartbeat}
    bound["BookBinder"] = mine | {"venues": ours.venues, "readerKeys": ours.readers}
    bound["CreditVault"] = {"manager": ours.manager, "sheet": ours.sheet}
    # The manager's getters run the extension's code: what its own code uses it says by itself.
    wired = chain.read(chain.rpc.contract("RiskManager", ours.manager).functions.wiring())
    for (getter, expected), found in zip(manager.items(), wired, strict=True):
        agrees = str(found).lower() == expected.lower()
        yield f"{getter} of RiskManager {ours.manager}", agrees, f"is {found}, not {expected}"
    for name, address in _contracts(chain):
        for getter, expected in bound.get(name, {}).items():
            found = str(chain.read(chain.rpc.contract(name, address).functions[getter]()))
            yield f"{getter} of {name} {address}", found.lower() == expected.lower(), f"is {found}, not {expected}"


def _code(chain: ChainClient, address: str) -> bytes:
    return chain.rpc.read(lambda: bytes(chain.rpc.web3.eth.get_code(address, chain.block)))  # type: ignore[no-any-return]


def _contracts(chain: ChainClient) -> Iterator[tuple[str, str]]:
    ours = chain.deployment
    yield "CircuitRegistry", ours.registry
    yield "PriceSheet", ours.sheet
    yield "PolicyRegistry", ours.policies
    yield "RiskManager", ours.manager
    core = chain.rpc.contract("RiskManager", ours.manager)
    yield "ManagerExtension", str(chain.read(core.functions.extension()))
    yield "CustodianRegistry", ours.custodians
    yield "VenueRegistry", ours.venues
    yield "ReaderKeys", ours.readers
    yield "BookBinder", ours.binder
    yield "Heartbeat", ours.heartbeat
    yield "ChallengeDesk", ours.challenges
    yield "CreditorRegistry", ours.creditors
    for vault in ours.vaults.values():
        yield "CreditVault", vault
