"""Figures for Prometheus in its text format, on localhost only. Nothing in them is private."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from zkrisk.errors import EnvironmentBroken

__all__ = ["Metrics", "MetricsServer"]

_HELP: Final[dict[str, tuple[str, str]]] = {
    "accounts": ("gauge", "Accounts that committed, hold escrow or owe."),
    "readable_books": ("gauge", "Active commitments that the keeper can open."),
    "liquidatable": ("gauge", "Accounts below the threshold at the newest epoch, as far as they can be read."),
    "revaluation_seconds": ("gauge", "Time of the last revaluation of all accounts."),
    "queue": ("gauge", "Liquidations by state."),
    "liquidations_total": ("counter", "Liquidations of this keeper that are in a block."),
    "last_block": ("gauge", "Newest block whose events are known."),
    "lag_blocks": ("gauge", "Blocks between that and the head of the chain."),
    "epoch": ("gauge", "Newest epoch with prices."),
    "reorganisations_total": ("counter", "Times that blocks were undone."),
    "errors_total": ("counter", "Rounds that an error ended, by its code."),
    "failures_total": ("counter", "Parts of rounds that an error ended, by part."),
}
_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Named figures; safe to read while they change."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def set(self, name: str, value: float, label: str = "") -> None:
        """Set a figure.

        Args:
            name: One of those documented here.
            label: As ``state="sent"``.
        """
        if name not in _HELP:
            raise KeyError(name)
        with self._lock:
            self._values[name, label] = value

    def add(self, name: str, label: str = "") -> None:
        """Count one more."""
        with self._lock:
            before = self._values.get((name, label), 0)
        self.set(name, before + 1, label)

    def text(self) -> str:
        """Return all figures in the text format."""
        with self._lock:
            values = sorted(self._values.items())
        lines = []
        for name, (kind, help_text) in _HELP.items():
            rows = [(label, value) for (known, label), value in values if known == name]
            if rows:
                lines += [f"# HELP zkrisk_keeper_{name} {help_text}", f"# TYPE zkrisk_keeper_{name} {kind}"]
                lines += [f"zkrisk_keeper_{name}{{{label}}} {_number(value)}" for label, value in rows if label]
                lines += [f"zkrisk_keeper_{name} {_number(value)}" for label, value in rows if not label]
        return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.6f}"


class MetricsServer:
    """Serves ``/metrics`` on 127.0.0.1 from a thread; use as a context manager.

    Args:
        port: 0 takes a free one.

    Raises:
        EnvironmentBroken: The port is taken.
    """

    def __init__(self, metrics: Metrics, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.path == "/metrics"
                body = metrics.text().encode() if known else b"not found\n"
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", _TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except (OSError, OverflowError) as error:
            raise EnvironmentBroken(
                f"port {port} for the metrics cannot be used", hint="give another --metrics-port"
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
