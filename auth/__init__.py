"""Who is asking and what they may do: tokens, keys and scopes.

Imports the standard library and PyJWT; never app, engine or a web framework.
"""
