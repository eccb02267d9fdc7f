"""Check how decoded objects are read as messages."""

import pytest

from app.client.errors import ProtocolError
from app.client.messages import Hello, Order, read_as
from tests.client.server_messages import hello, order


def test_fields_of_a_newer_server_are_passed_over() -> None:
    assert read_as(Order, order(7, colour="green")).order_id == "7"
    assert read_as(Hello, hello(motd="hi")).heartbeat_ms == 5_000


@pytest.mark.parametrize("changed", [{"price": 100.2}, {"side": "both"}, {"order_id": None}])
def test_a_field_of_another_type_is_a_protocol_error(changed: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="Order"):
        read_as(Order, {**order(7), **changed})
