"""The live feed: sessions, groups, outboxes and the WebSocket shell around them."""
