"""Turn the table of calls into routes.

Role: what `app.main` mounts. Every path answers all methods itself, and the last route answers
every path that is none, so that each error is a problem of ours.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from starlette.routing import Route

from app.api import openapi
from app.api.authentication import Authenticator
from app.api.call import Call
from app.api.endpoint import Endpoint
from app.api.services import Services
from app.api.static_files import load_pages, page_calls
from app.api.table import CALLS


def routes(services: Services) -> list[Route]:
    """Return the routes of one server; reads the static files, so it is called before serving."""
    calls = all_calls((*CALLS, *page_calls(load_pages(services.static_directory))))
    authenticator = Authenticator(
        services.verifier, services.metrics, public_market_data=services.public_market_data
    )
    by_path: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_path[call.path].append(call)
    found = [
        Route(path, Endpoint(services, authenticator, its_calls, path))
        for path, its_calls in by_path.items()
    ]
    return [*found, Route("/{path:path}", Endpoint(services, authenticator, (), None))]


def all_calls(calls: Iterable[Call]) -> tuple[Call, ...]:
    """Return the calls and the one that describes them, itself included."""
    described = (*calls, openapi.spec_call(b""))
    body = msgspec.json.encode(openapi.document(described))
    return (*described[:-1], openapi.spec_call(body))
