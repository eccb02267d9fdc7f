"""Serve those who watch the process: is it alive, does it take orders, what does it count.

Role: REST handlers and their rows of the table; no token, for orchestrators and Prometheus on the
same network.
"""

from typing import Final

from app.api.call import Answer, ApiRequest, Call, Content
from app.api.problem import NO_STORE
from app.api.services import Services
from app.api.shapes import Health
from app.errors import refuse
from app.observe.metrics import CONTENT_TYPE


def healthz(_services: Services, _request: ApiRequest) -> Answer:
    """Say that the process answers."""
    return Health("ok")


def readyz(services: Services, _request: ApiRequest) -> Answer:
    """Say whether orders are taken; a load balancer looks elsewhere while they aren't."""
    readiness = services.readiness()
    if readiness == "ready":
        return Health("ready")
    return refuse("shutting_down", f"the server is {readiness}")


def metrics(services: Services, _request: ApiRequest) -> Answer:
    """Show every metric in Prometheus' text format."""
    return Content(services.metrics.exposition(), CONTENT_TYPE, headers=(NO_STORE,))


CALLS: Final = (
    Call(
        method="GET",
        path="/healthz",
        handler=healthz,
        summary="Say that the process answers",
        tag="operation",
        answer=Health,
    ),
    Call(
        method="GET",
        path="/readyz",
        handler=readyz,
        summary="Say whether orders are taken",
        tag="operation",
        answer=Health,
        codes=("shutting_down",),
    ),
    Call(
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="Show all metrics for Prometheus",
        tag="operation",
        content_type=CONTENT_TYPE,
    ),
)
