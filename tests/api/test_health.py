"""The process as its watchers see it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.rest import limit_order


def test_a_live_process_says_so_whatever_its_readiness(rest):
    rest.readiness = "draining"
    response = rest.ask("GET", "/healthz", account=None)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("readiness", ["recovering", "draining", "frozen"])
def test_a_server_that_takes_no_orders_is_not_ready(rest, readiness):
    assert rest.ask("GET", "/readyz", account=None).json() == {"status": "ready"}
    rest.readiness = readiness
    response = rest.ask("GET", "/readyz", account=None)
    assert response.status_code == 503
    assert readiness in response.json()["detail"]
    assert "retry-after" in response.headers


def test_metrics_are_prometheus_text(rest):
    rest.ask("GET", "/v1/orders")
    rest.problem("GET", "/v1/orders", account=None)
    rest.problem("GET", "/nowhere")
    response = rest.ask("GET", "/metrics", account=None)
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {
        (labels["method"], labels["path"], labels["status"]): value
        for family in text_string_to_metric_families(response.text)
        for name, labels, value, *_ in family.samples
        if name == "depthcast_requests_total"
    }
    assert found["GET", "/v1/orders", "200"] == found["GET", "/v1/orders", "401"] == 1
    assert found["other", "unmatched", "404"] == 1


def test_refusals_by_a_rate_limit_are_counted(make_rest):
    rest = make_rest(orders_per_second=1)
    rest.order()
    rest.problem("POST", "/v1/orders", limit_order())
    assert rest.metrics.rate_limited.read() == {("orders",): 1}
