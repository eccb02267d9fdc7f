"""Serve what an account has done: its fills.

Role: REST handlers and their rows of the table.
"""

from typing import Final

from app import wire
from app.api import query
from app.api.call import Answer, ApiRequest, Call
from app.api.services import Services


def list_fills(services: Services, request: ApiRequest) -> Answer:
    """Return a page of the account's fills, newest first."""
    return services.store.page_fills(request.account, **request.query)


CALLS: Final = (
    Call(
        method="GET",
        path="/v1/fills",
        handler=list_fills,
        summary="List own fills, newest first",
        tag="orders",
        action="fill.list",
        parameters=(query.SYMBOL, query.ORDER_ID, query.LIMIT, query.CURSOR),
        answer=wire.FillPage,
    ),
)
