"""The keeper's service: follows the chain, reads books that it may read, re-values accounts, liquidates what pays.

chain (what is asked of it) → state (one SQLite file) → follow → books → revalue → money → queue, send → service.
"""

from zkrisk.keeper.chain import ChainView, Prover
from zkrisk.keeper.model import Block, Log, Order, Way
from zkrisk.keeper.revalue import bench_revaluation
from zkrisk.keeper.service import Keeper, Settings
from zkrisk.keeper.state import KeeperState

__all__ = [
    "Block",
    "ChainView",
    "Keeper",
    "KeeperState",
    "Log",
    "Order",
    "Prover",
    "Settings",
    "Way",
    "bench_revaluation",
]
