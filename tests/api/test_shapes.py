"""The shapes of REST against those of the gateway they lead to."""

import msgspec
import pytest

from app.api.shapes import AmendBody, BatchBody, MarketStateBody
from app.order_requests import AmendRequest, BatchRequest, NewOrderRequest
from engine.commands import MarketState


def fields(shape):
    return {field.name: field.type for field in msgspec.structs.fields(shape)}


def test_an_amend_takes_what_the_gateway_takes_but_the_ids():
    ids = {"order_id", "client_order_id"}
    expected = {name: kind for name, kind in fields(AmendRequest).items() if name not in ids}
    assert fields(AmendBody) == expected


def test_a_batch_takes_as_many_orders_as_the_gateway():
    def most(shape):
        schema = msgspec.json.schema_components([shape])[1]
        return schema[shape.__name__]["properties"]["orders"]["maxItems"]

    assert most(BatchBody) == most(BatchRequest)


@pytest.mark.parametrize("state", list(MarketState))
def test_every_market_state_has_a_name(state):
    body = msgspec.convert({"state": state.name.lower()}, MarketStateBody)
    assert body == MarketStateBody(state=state.name.lower(), cancel_orders=False)


@pytest.mark.parametrize("shape", [NewOrderRequest, AmendBody, BatchBody, MarketStateBody])
def test_unknown_fields_are_refused_by_every_body(shape):
    assert shape.__struct_config__.forbid_unknown_fields
