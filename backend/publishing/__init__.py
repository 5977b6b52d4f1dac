"""Publication and broadcast 刊播: what goes out where, what came of it, and how it is taken back.

It knows channels by one interface (`channel.Channel`) and no vendor; the adapters are in `channels/`.
"""
