"""Be a server whose engine fails some moments after the start: `python -m` in its own process."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from app import main, serve
from app.settings import Settings
from engine.bus import CommandEncoder
from engine.commands import Expire

MOMENTS_S = 0.2


def create_dying_app(*arguments: Any, **parts: Any) -> Starlette:
    """Return the real application; once it serves, its engine gets what no bridge would send."""
    app = main.create_app(*arguments, **parts)
    lives: Callable[[Any], AbstractAsyncContextManager[Any]] = app.router.lifespan_context

    def break_engine() -> None:
        commands = app.state.server.exchange.commands
        commands.push(CommandEncoder().encode(Expire(), 999_999))
        commands.wake()

    @asynccontextmanager
    async def lifespan(of: Any) -> Any:
        async with lives(of):
            asyncio.get_running_loop().call_later(MOMENTS_S, break_engine)
            yield

    app.router.lifespan_context = lifespan
    return app


if __name__ == "__main__":
    setattr(serve, "create_app", create_dying_app)  # noqa: B010 - nothing exports it by that name
    sys.exit(serve.run(Settings(port=0, data_dir=Path(sys.argv[1]))))
