"""Serve a bare Starlette echo, the ceiling of what any REST call can reach here.

Role: run as a process of its own, `python -m bench.echo`; prints its address, as `depthcast serve`
does, and serves until it is ended. Same loop, same HTTP parser, no middleware.
"""

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    """Answer with the body."""
    return Response(await request.body(), status_code=201, media_type="application/json")


def main() -> None:
    """Listen on any free port of the loopback interface."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    app = Starlette(routes=[Route("/v1/orders", echo, methods=["POST"])])
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", log_level="error", access_log=False
    )
    print(f"echo at http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
