"""The bridge answers with all that the gateway reads."""

from app import bridge, submission


def test_the_bridge_tells_all_that_the_gateway_asks_of_an_outcome() -> None:
    asked = {
        name for name, value in vars(submission.Outcome).items() if isinstance(value, property)
    }
    assert "unknown" in asked
    assert asked <= set(bridge.Outcome.__struct_fields__)
