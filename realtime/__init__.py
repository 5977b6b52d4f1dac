"""Pushing what is new over Socket.IO. Reads the log, writes to phones, changes nothing."""
