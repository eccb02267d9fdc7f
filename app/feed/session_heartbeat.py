"""Say regularly where every subscription stands: the heartbeat.

Role: what a session does without being asked. Sans-I/O; time is an argument.
"""

from app.feed.messages_control import Heartbeat, Seqs
from app.feed.session_state import SessionState


def start_heartbeats(state: SessionState, now_us: int) -> None:
    """Set the first one; a tenth early, so that `heartbeat_ms` is kept on a busy server too."""
    due_us = now_us + state.feed.settings.heartbeat_ms * 900
    state.set_timer("heartbeat", due_us, lambda then_us: _beat(state, then_us))


def _beat(state: SessionState, now_us: int) -> None:
    start_heartbeats(state, now_us)
    seqs = {
        subscription.name: Seqs(group.sent_seq(subscription), group.as_of())
        for subscription, group in state.subscriptions.values()
    }
    state.send(Heartbeat(server_us=now_us, seqs=seqs))
