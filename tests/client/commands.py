"""Run the client's commands in this process, as the command line does."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from app.client import Client
from tests.server_process import LiveServer


class Command(Protocol):
    """A module that is one subcommand."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


def run_command(command: Command, *words: str) -> int:
    """Return the exit code of a command."""
    parser = argparse.ArgumentParser(prog="depthcast")
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@contextmanager
def emptied_after(server: LiveServer, symbol: str, *accounts: str) -> Iterator[None]:
    """Leave a symbol's book as empty as it was found."""

    async def cancel_all() -> None:
        for account in accounts:
            async with Client(server.ws_url, token=server.token(account)) as client:
                await client.orders.cancel_all(symbol)

    try:
        yield
    finally:
        asyncio.run(cancel_all())
