"""Observe the server: metrics and logging."""
