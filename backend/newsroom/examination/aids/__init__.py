"""Text aids 辅助检查: what a machine can point at before people read. Pure: no database, no clock, no network.

`report.check` is the entry. Every rule says in a Chinese sentence what it found and why; none decides anything.
Offsets are those of the plain text that `text.plain` returns, so that a finding can be shown where it is.
"""
