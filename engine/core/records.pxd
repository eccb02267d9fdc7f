# cython: language_level=3
"""Lay out the compact records, and mirror the enumerations of the vocabulary.

Prices are ticks, quantities lots, `…_ns` nanoseconds, `…_us` microseconds, ids and slots counts.
Everything that travels through a ring or onto a disk is made of 64-byte slots:

    unit = command record (1-2 slots, then its text padded to slots), then event records

    slot 0 of a command      kind slots text symbol | seq | received_ns | command_seq
                             account side type tif options | order id | price | quantity
    every event record       kind flags a b symbol | seq | engine_ns | 40 bytes of its own

`seq` is the number of the first event a record stands for; the events it expands to follow on
(engine/core/expansion.pyx). Enumerations mirror engine/commands.py, events.py and reasons.py; a
test compares them.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    SLOT_BYTES = 64
    SLOT_SHIFT = 6
    NONE = 0
    SYMBOL_ALL = 0xFFFFFFFF
    SYMBOL_UNKNOWN = 0xFFFFFFFE

# ---- enumerations, as in the vocabulary ----

cdef enum Side:
    BUY = 1
    SELL = 2

cdef enum OrderType:
    LIMIT = 1
    MARKET = 2
    STOP = 3
    STOP_LIMIT = 4

cdef enum TimeInForce:
    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4

cdef enum SelfTradePrevention:
    STP_NONE = 0
    STP_CANCEL_NEWEST = 1
    STP_CANCEL_OLDEST = 2
    STP_CANCEL_BOTH = 3
    STP_DECREMENT = 4

cdef enum MarketState:
    STATE_OPEN = 0
    STATE_POST_ONLY = 1
    STATE_CANCEL_ONLY = 2
    STATE_HALTED = 3

cdef enum OrderStatus:
    NOTHING = 0
    OPEN = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELLED = 4
    EXPIRED = 5
    UNTRIGGERED = 6
    REJECTED = 7

cdef enum AmendCause:
    CAUSE_USER = 1
    CAUSE_SELF_TRADE = 2
    CAUSE_REPLENISH = 3
    CAUSE_TRIGGER = 4

cdef enum Reason:
    REASON_NONE = 0
    UNKNOWN_SYMBOL = 1
    UNKNOWN_ORDER = 2
    HALTED = 3
    CANCEL_ONLY = 4
    POST_ONLY_MARKET = 5
    INVALID_REQUEST = 6
    INVALID_PRICE = 7
    INVALID_QUANTITY = 8
    MAX_QUANTITY = 9
    PRICE_BAND = 10
    MAX_NOTIONAL = 11
    MAX_OPEN_ORDERS = 12
    CAPACITY = 13
    DEADLINE_PASSED = 14
    POST_ONLY_WOULD_CROSS = 15
    FOK_UNFILLABLE = 16
    NO_LIQUIDITY = 17
    SELF_TRADE = 18
    REASON_USER = 64
    REASON_DISCONNECT = 65
    REASON_DEAD_MAN = 66
    REASON_ADMIN = 67
    REASON_MARKET_HALTED = 68
    REASON_IOC = 69
    REASON_EXPIRED = 70
    REASON_AMEND = 71

# ---- records ----

cdef enum RecordKind:
    COMMAND_CONFIGURE = 1
    COMMAND_ADD_INSTRUMENT = 2
    COMMAND_ADD_ACCOUNT = 3
    COMMAND_NEW_ORDER = 4
    COMMAND_AMEND_ORDER = 5
    COMMAND_CANCEL_ORDER = 6
    COMMAND_CANCEL_ALL = 7
    COMMAND_SET_MARKET_STATE = 8
    COMMAND_EXPIRE = 9
    COMMAND_UPDATE_INSTRUMENT = 10
    COMMAND_KINDS = 11  # one past the last
    RECORD_CONFIGURED = 32
    RECORD_INSTRUMENT_ADDED = 33
    RECORD_ACCOUNT_ADDED = 34
    RECORD_MARKET_STATE = 35
    RECORD_ACCEPTED = 36
    RECORD_FILL = 37
    RECORD_CANCELLED = 38
    RECORD_AMENDED = 39
    RECORD_DEPTH = 40
    RECORD_COMPLETED = 41
    RECORD_INSTRUMENT_UPDATED = 42
    RECORD_KINDS = 43  # one past the last

cdef enum CommandOption:
    OPTION_POST_ONLY = 1
    OPTION_STP_SHIFT = 1  # bits 1-3: self-trade prevention
    OPTION_STP_MASK = 14
    OPTION_CANCEL_ORDERS = 1
    OPTION_HAS_PRICE = 1  # amend: which fields are given
    OPTION_HAS_QUANTITY = 2
    OPTION_HAS_STOP = 4
    OPTION_HAS_NOTIONAL = 1  # instrument: max_notional is set
    OPTION_OTHER_STEPS = 2  # instrument: its tick or lot size is not the listed one
    OPTION_WIDE = 128  # a second slot follows, before the text

cdef enum RecordFlag:
    FLAG_COMPLETES = 1  # the unit ends here: a CommandCompleted(accepted) follows
    FLAG_DEPTH = 2  # a DepthUpdated of the order's own level follows
    FLAG_SELL = 4  # side: of the order, of the level, of a fill's aggressor
    FLAG_WIDE = 8  # a second slot follows
    FLAG_PRIORITY_KEPT = 16
    FLAG_TRIGGERED = 32  # an OrderStatusChanged untriggered -> open follows
    FLAG_REFUSED = 64  # the command was refused
    FLAG_REJECTED = 128  # and it was a new order: an OrderStatusChanged comes first

cdef struct CommandRecord:
    uint8_t kind
    uint8_t slots  # of the whole command, text included
    uint16_t text_bytes
    uint32_t symbol
    uint64_t seq  # written by the engine
    int64_t received_ns
    uint64_t command_seq
    uint32_t account
    uint8_t side  # a reason for cancels, a state for SetMarketState
    uint8_t type
    uint8_t time_in_force
    uint8_t options
    uint64_t order_id  # the connection of a new order
    int64_t price_ticks  # 0 = none
    int64_t quantity_lots

cdef struct OrderTail:  # second slot of a NewOrder or AmendOrder; 0 = none
    int64_t stop_price_ticks
    int64_t display_lots
    int64_t expire_at_us
    int64_t deadline_us
    uint64_t reserved[4]

cdef struct ConfigureTail:
    uint64_t orders_capacity
    uint64_t levels_capacity
    uint64_t open_orders_max
    uint64_t next_event_seq
    uint64_t next_order_id
    uint64_t reserved[3]

cdef struct InstrumentTail:
    int64_t min_quantity_lots
    int64_t max_quantity_lots  # 0 = none
    uint64_t max_notional_low
    uint64_t max_notional_high
    int64_t band_basis_points  # 0 = none
    int64_t protection_basis_points
    uint64_t reserved[2]

cdef struct RecordHead:
    uint8_t kind
    uint8_t flags
    uint8_t a  # reason, cause or state
    uint8_t b  # statuses: old << 4 | new
    uint32_t symbol
    uint64_t seq
    int64_t engine_ns

cdef struct AcceptedRecord:  # OrderAdded, expanded beside its command
    RecordHead head
    uint64_t order_id
    int64_t price_ticks  # 0 = rests nowhere
    int64_t level_quantity_lots
    uint32_t level_orders
    uint32_t reserved
    uint64_t reserved_more

cdef struct FillFirst:  # TradeExecuted, two OrderMatched, up to two OrderStatusChanged
    uint8_t kind
    uint8_t flags
    uint8_t maker_status
    uint8_t taker_status
    uint32_t symbol
    uint64_t seq
    int64_t engine_ns
    uint64_t trade_id
    int64_t price_ticks
    int64_t quantity_lots
    uint64_t maker_id
    uint64_t taker_id

cdef struct FillSecond:
    int64_t maker_remaining_lots
    int64_t taker_remaining_lots
    int64_t maker_cumulative_lots
    int64_t taker_cumulative_lots
    uint64_t maker_sum_low
    uint64_t taker_sum_low
    uint32_t maker_sum_high
    uint32_t taker_sum_high
    uint32_t maker_account
    uint32_t taker_account

cdef struct CancelledRecord:  # OrderCancelled, OrderStatusChanged
    RecordHead head
    uint32_t account
    uint32_t level_orders
    uint64_t order_id
    int64_t quantity_lots
    int64_t level_quantity_lots
    int64_t price_ticks

cdef struct CancelledTail:  # only after fills
    int64_t cumulative_lots
    uint64_t sum_low
    uint64_t sum_high
    uint64_t reserved[5]

cdef struct AmendedRecord:  # OrderAmended, with FLAG_TRIGGERED its status change
    RecordHead head
    uint32_t account
    uint32_t level_orders
    uint64_t order_id
    int64_t price_ticks
    int64_t stop_price_ticks
    int64_t level_quantity_lots

cdef struct AmendedTail:
    int64_t quantity_lots
    int64_t remaining_lots
    int64_t cumulative_lots
    int64_t display_lots
    int64_t visible_lots
    uint64_t reserved[3]

cdef struct DepthRecord:
    RecordHead head
    int64_t price_ticks
    int64_t quantity_lots
    uint32_t order_count
    uint32_t reserved
    uint64_t reserved_more[2]

cdef struct PlainRecord:  # the control records and RECORD_COMPLETED
    RecordHead head
    uint32_t account
    uint32_t reserved
    uint64_t number  # of a listed instrument
    uint64_t reserved_more[3]
