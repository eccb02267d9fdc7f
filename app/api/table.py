"""List every REST call of the API: what routes.py serves and openapi.py describes.

Role: each row stands with its handler, in the file of its resource; nothing else knows a path.
"""

from typing import Final

from app.api import account, admin, health, market, orders

CALLS: Final = (*orders.CALLS, *account.CALLS, *market.CALLS, *admin.CALLS, *health.CALLS)
"""In the order in which paths are tried: orders first, and fixed paths before those with a name."""
