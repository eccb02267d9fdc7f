"""Name every bound of the server once, with its reason.

Role: what connections, queues and answers may grow to. The engine's own widths and capacities
stand in engine/limits.py. Imports those alone.
"""

from typing import Final

from engine.limits import ORDERS_CAPACITY_DEFAULT

# --- one WebSocket connection ---------------------------------------------------------------

MESSAGE_BYTES_MAX: Final = 65_536
"""Largest client message (PROTOCOL.md, hello); a larger one closes 4413."""

LIBRARY_MESSAGE_BYTES_MAX: Final = 1_048_576
"""Where the WebSocket library itself gives up (1009); above ours, so that 4413 can be sent."""

SERVER_MESSAGE_BYTES_MAX: Final = 262_144
"""Largest server message; larger snapshots come in parts. Any client's default takes this."""

OUTBOX_BYTES_MAX: Final = 4_194_304
"""Unsent bytes of one connection before it is closed 4408: seconds of a busy lossless feed."""

OUTBOX_LAGGING_BYTES: Final = 1_048_576
"""Unsent bytes at which a `lagging` notice goes out: early enough to do something about it."""

OUTBOX_CAUGHT_UP_BYTES: Final = 65_536
"""Unsent bytes at which `caught_up` follows; far below, so that notices do not flap."""

SUBSCRIPTIONS_MAX: Final = 1_000
"""Subscriptions of one connection: a heartbeat names each and must fit one message."""

HEARTBEAT_ENTRY_BYTES_MAX: Final = 128
"""Longest entry of a heartbeat: "candles:" + 24 characters + interval, and two 16-digit numbers."""

MALFORMED_MESSAGES_MAX: Final = 10
MALFORMED_WINDOW_MS: Final = 60_000
"""The 10th malformed message within a minute closes 4400: a bug on the other side, not a slip."""

# --- times of a connection ------------------------------------------------------------------

HEARTBEAT_MS: Final = 5_000
"""Longest silence about a subscription's sequence (PROTOCOL.md, heartbeat)."""

AUTHENTICATION_MS_MAX: Final = 5_000
"""How long a connection may stay anonymous where it needs a token; then 4401."""

TOKEN_EXPIRING_NOTICE_MS: Final = 60_000
"""How long before its expiry a token's owner is told."""

PING_INTERVAL_MS: Final = 10_000
PONG_MS_MAX: Final = 20_000
"""A peer that has answered no ping for this long is closed 4408."""

SHUTDOWN_MS_MAX: Final = 5_000
"""How long a draining server waits for its connections; container runtimes kill after 10 s."""

# --- one request ----------------------------------------------------------------------------

BATCH_ORDERS_MAX: Final = 100
"""Orders in one batch."""

ORDER_BYTES_MAX: Final = 640
"""A new order with every field at its longest has some 520 bytes of JSON."""

DEPTH_LEVELS_MAX: Final = 1_000
DEPTH_LEVELS_DEFAULT: Final = 25

INTERVAL_MS_MIN: Final = 10
INTERVAL_MS_MAX: Final = 5_000
INTERVAL_MS_DEFAULT: Final = 100
"""Conflation of depth and ticker; 0 (every change) is allowed beside this range."""

PAGE_ITEMS_DEFAULT: Final = 100
PAGE_ITEMS_MAX: Final = 1_000
"""Items of one page of a list."""

CANCELLED_IDS_MAX: Final = 1_000
"""Ids that the answer to a cancel-all names; the count tells of the others."""

TRADES_SNAPSHOT_ITEMS: Final = 50

# --- the whole server -----------------------------------------------------------------------

CONNECTIONS_MAX: Final = 10_000
"""WebSocket connections; more are refused 429. An idle one costs about 25 KiB."""

COMMAND_RING_SLOTS: Final = 16_384
"""Commands under way to the engine: some milliseconds of its work, then `engine_busy`."""

COMMAND_RING_RESERVED_SLOTS: Final = COMMAND_RING_SLOTS // 8
"""Kept for cancels, reductions and halts, so that a trader in trouble can always get out."""

EVENT_RING_SLOTS: Final = 65_536
"""Slots of 64 bytes between the engine and its readers: absorbs a slow turn of the event loop."""

# --- what an operator may set, and between which bounds ---------------------------------------

OPEN_ORDERS_MAX_DEFAULT: Final = 10_000
"""Open orders of one account: a market maker's quotes on every symbol, with room."""

OPEN_ORDERS_MAX_LIMIT: Final = 1_000_000
"""Highest value of --max-open-orders: one account may not fill the engine's capacity."""

ORDERS_PER_SECOND_PUBLIC_DEFAULT: Final = 100
"""Orders per second of one account where strangers can connect; on loopback there is no limit."""

ORDERS_PER_SECOND_LIMIT: Final = 1_000_000
"""Highest value of --orders-per-second; beyond what one event loop takes in, 0 says the same."""

MESSAGES_PER_ORDER: Final = 2
MESSAGES_PER_SECOND_MIN: Final = 50
"""A limited account may send twice its orders as messages, and at least enough to subscribe."""

INSTRUMENTS_FILE_BYTES_MAX: Final = 16_777_216
"""The largest registry, 65,536 symbols with every field, has about 15 MB."""

TTL_S_MAX: Final = 366 * 86_400
"""Longest life of a token from the command line: a leaked one should end some day."""

assert MESSAGE_BYTES_MAX < LIBRARY_MESSAGE_BYTES_MAX
assert SERVER_MESSAGE_BYTES_MAX < OUTBOX_LAGGING_BYTES < OUTBOX_BYTES_MAX
assert OUTBOX_CAUGHT_UP_BYTES < OUTBOX_LAGGING_BYTES
assert SUBSCRIPTIONS_MAX * HEARTBEAT_ENTRY_BYTES_MAX <= SERVER_MESSAGE_BYTES_MAX
assert BATCH_ORDERS_MAX * ORDER_BYTES_MAX <= MESSAGE_BYTES_MAX
assert BATCH_ORDERS_MAX <= COMMAND_RING_SLOTS - COMMAND_RING_RESERVED_SLOTS
assert DEPTH_LEVELS_DEFAULT <= DEPTH_LEVELS_MAX
assert INTERVAL_MS_MIN <= INTERVAL_MS_DEFAULT <= INTERVAL_MS_MAX
assert PAGE_ITEMS_DEFAULT <= PAGE_ITEMS_MAX
assert HEARTBEAT_MS <= PING_INTERVAL_MS < PONG_MS_MAX
assert COMMAND_RING_SLOTS.bit_count() == 1 and EVENT_RING_SLOTS.bit_count() == 1
assert OPEN_ORDERS_MAX_DEFAULT <= OPEN_ORDERS_MAX_LIMIT < ORDERS_CAPACITY_DEFAULT
assert ORDERS_PER_SECOND_PUBLIC_DEFAULT <= ORDERS_PER_SECOND_LIMIT
