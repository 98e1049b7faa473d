"""One connection to a chain. Foreign errors become ours here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential
from web3 import Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    ContractLogicError,
    TimeExhausted,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)

from zkrisk.chain.contracts import Contracts, default_contracts
from zkrisk.chain.revert import ErrorDecoder, revert_data
from zkrisk.errors import ChainError, TransactionTimeout, Unreachable, WrongChain

__all__ = ["Block", "Rpc", "public_url"]

Block = int | str
"""A block number, or ``latest``."""

_BATCH = 100
_NONSENSE = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What web3 raises where an answer has not the form that it expects."""


def public_url(url: str) -> str:
    """Return scheme, host and port of an endpoint: path, query and user name may hold a key to it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


class Rpc:
    """A JSON-RPC endpoint.

    Args:
        url: Of the endpoint; printed only as `public_url`.
        timeout_s: Of one request.
        expect_chain_id: Checked once, before the first use by `check_chain`.
        contracts: Whose custom errors are decoded.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 15.0,
        expect_chain_id: int | None = None,
        contracts: Contracts | None = None,
    ) -> None:
        self._url = url
        self._expected = expect_chain_id
        self.web3 = Web3(
            Web3.HTTPProvider(url, request_kwargs={"timeout": timeout_s}, exception_retry_configuration=None)
        )
        self.contracts = contracts or default_contracts()
        self._made: dict[tuple[str, str], Any] = {}

    def __repr__(self) -> str:
        return f"<Rpc {public_url(self._url)}>"

    @cached_property
    def decoder(self) -> ErrorDecoder:
        """Names the errors of our contracts."""
        return ErrorDecoder.of(self.contracts)

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return public_url(self._url)

    @cached_property
    def chain_id(self) -> int:
        """Chain id that the endpoint reports."""
        return self.read(lambda: int(self.web3.eth.chain_id))  # type: ignore[no-any-return]

    def check_chain(self) -> None:
        """Compare the chain id with the expected one.

        Raises:
            Unreachable: No answer.
            WrongChain: Another chain.
        """
        if self._expected is not None and self.chain_id != self._expected:
            raise WrongChain(
                f"{self.name} is chain {self.chain_id}, not {self._expected}",
                details={"chain_id": self.chain_id, "expected": self._expected},
                hint=f"give the RPC endpoint of chain {self._expected} with --rpc URL",
            )

    def contract(self, name: str, address: str) -> Any:
        """Return web3's contract object; made once, because reading an interface takes milliseconds."""
        if (name, address) not in self._made:
            checked = Web3.to_checksum_address(address)
            self._made[name, address] = self.web3.eth.contract(address=checked, abi=self.contracts.abi(name))
        return self._made[name, address]

    def read(self, action: Callable[[], Any]) -> Any:
        """Run a read, with two retries when the endpoint does not answer; sends never go through here."""

        @retry(
            retry=retry_if_exception_type(Unreachable),
            stop=stop_after_attempt(2),
            wait=wait_exponential(multiplier=0.1, max=1),
            reraise=True,
        )
        def attempt() -> Any:
            with self.translated():
                return action()

        return attempt()

    def call(self, function: Any, block: Block = "latest") -> Any:
        """Call a view.

        Raises:
            ContractRefused: It reverted; named.
        """
        return self.read(lambda: function.call(block_identifier=block))

    def call_many(self, functions: Sequence[Any], block: Block = "latest") -> list[Any]:
        """Call many views in few requests, in order."""
        results: list[Any] = []
        for start in range(0, len(functions), _BATCH):
            chunk = functions[start : start + _BATCH]
            results += self.read(lambda chunk=chunk: self._batch(chunk, block))
        return results

    def _batch(self, functions: Sequence[Any], block: Block) -> list[Any]:
        with self.web3.batch_requests() as batch:
            for function in functions:
                batch.add(function.call(block_identifier=block))
            return list(batch.execute())

    def passing(self, calls: Sequence[Mapping[str, str]], block: Block = "latest") -> list[bool]:
        """Simulate many calls in few requests; tell of each whether it passes, in order.

        Args:
            calls: ``from``, ``to`` and ``data`` of each.

        Raises:
            ChainError: The node answered one of them with anything but a result or a revert.
        """
        found: list[bool] = []
        number = block if isinstance(block, str) else hex(block)
        for start in range(0, len(calls), _BATCH):
            asked: Any = [("eth_call", [dict(call), number]) for call in calls[start : start + _BATCH]]
            answers = self.read(lambda asked=asked: self.web3.provider.make_batch_request(asked))  # type: ignore[attr-defined]
            if not isinstance(answers, list) or len(answers) != len(asked):
                raise ChainError(f"{self.name} does not answer many requests at once")
            found += [self._has_passed(answer) for answer in answers]
        return found

    def _has_passed(self, answer: Mapping[str, Any]) -> bool:
        error = answer.get("error")
        if error is None:
            return True
        message = str(error.get("message", "")) if isinstance(error, dict) else str(error)
        if revert_data(Web3RPCError(message, rpc_response={"error": error})) is None:  # type: ignore[typeddict-item]
            raise ChainError(f"{self.name} refused the request: {first_line(Exception(message))}")
        return False

    def block_time(self, block: Block = "latest") -> int:
        """Timestamp of a block."""
        return self.read(lambda: int(self.web3.eth.get_block(block)["timestamp"]))  # type: ignore[no-any-return]

    def block_number(self) -> int:
        """Number of the newest block."""
        return self.read(lambda: int(self.web3.eth.block_number))  # type: ignore[no-any-return]

    def raw(self, method: str, parameters: list[Any]) -> Any:
        """Make one request of the node's own methods.

        Raises:
            ChainError: The node refused.
        """
        with self.translated():
            answer = self.web3.provider.make_request(method, parameters)  # type: ignore[arg-type]
            if "error" in answer:
                raise ChainError(f"{self.name} refused {method}")
            return answer["result"]

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn errors of web3 and of the network into ours."""
        try:
            yield
        except json.JSONDecodeError as error:
            raise ChainError(f"{self.name} does not speak JSON-RPC", hint="check --rpc URL") from error.with_traceback(
                None
            )
        except (requests.RequestException, OSError) as error:
            raise Unreachable(
                f"{self.name} does not answer", hint="is the node running? check --rpc URL"
            ) from error.with_traceback(None)
        except TimeExhausted as error:
            raise TransactionTimeout(
                "the transaction is not in a block yet", hint="look again with: zkrisk status"
            ) from error
        except (ContractLogicError, Web3RPCError) as error:
            data = revert_data(error)
            if data is not None:
                raise self.decoder.refusal(data) from None
            raise ChainError(f"{self.name} refused the request: {first_line(error)}") from error
        except BadFunctionCallOutput as error:
            raise ChainError(
                f"there is no contract of ours at that address on {self.name}", hint="check the deployment file"
            ) from error
        except TransactionNotFound as error:
            raise ChainError("the chain does not know this transaction") from error
        except Web3Exception as error:
            raise ChainError(f"{self.name}: {first_line(error)}") from error
        except _NONSENSE as error:
            raise ChainError(
                f"{self.name} gave an answer of the wrong form ({type(error).__name__})", hint="check --rpc URL"
            ) from error


def first_line(error: Exception) -> str:
    """Return the first line of a foreign message, cut to 120 characters."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:120]
