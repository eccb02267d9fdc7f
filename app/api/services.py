"""Name what the REST calls need of the rest of the server.

Role: the one argument of every call; `app.main` fills it in. No behaviour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.account_blocks import AccountBlocks
from app.accounts import Accounts
from app.errors import CloseCode
from app.gateway import Gateway
from app.market import MarketData
from app.observe.metrics import Metrics
from app.store import OrderStore
from app.submission import Submit
from auth.tokens import Verifier

Readiness = Literal["ready", "recovering", "draining", "frozen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Hold the parts of one server; all are owned by the event loop's thread.

    `now_ns` is the wall clock. `disconnect` ends an account's WebSocket connections with a close
    code and returns how many there were. `answer_timeout_s` is how
    long a call waits for the engine before it answers `outcome_unknown`.
    """

    market: MarketData
    store: OrderStore
    accounts: Accounts
    blocks: AccountBlocks
    gateway: Gateway
    submit: Submit
    verifier: Verifier
    metrics: Metrics
    public_market_data: bool
    now_ns: Callable[[], int]
    readiness: Callable[[], Readiness]
    disconnect: Callable[[str, CloseCode], int]
    static_directory: Path
    answer_timeout_s: float = 10.0
