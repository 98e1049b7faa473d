"""The whole story on a local chain: a private book borrows, is attacked, and is liquidated. Real proofs."""

from zkrisk.demo.run import DemoOptions, run_demo

__all__ = ["DemoOptions", "run_demo"]
