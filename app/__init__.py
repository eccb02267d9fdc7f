"""The server around the engine: REST, WebSocket, settings and the command line."""
