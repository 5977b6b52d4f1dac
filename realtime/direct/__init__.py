"""The fast path of the eventlet mode: phones without a greenlet each, written to straight from where the news is read.

A phone that comes through the front door (`door.py`) becomes a `Line` (`line.py`): an Engine.IO connection to the
library, a non-blocking socket and no more to the process. One `Reactor` waits for all of them. Whatever the door does
not recognise as a plain, complete WebSocket handshake goes the library's own way. Why: docs/adr/0009.
"""
