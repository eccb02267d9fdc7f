"""Load a real server from outside and say how it bore it.

Role: the load test, `python -m loadtest`. It knows the server by its protocol alone
(docs/PROTOCOL.md): of the project it imports nothing but app.client.
"""
