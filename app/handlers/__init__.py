"""The handlers that fold engine events into what REST and WebSocket show."""
