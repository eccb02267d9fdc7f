"""Serve REST: one table of calls, one file per resource, one shell around all of them."""
