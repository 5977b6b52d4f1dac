"""The command-and-dispatch board 指挥调度: a projection of the event log that can be asked about any moment.

Each event of a thing that the board shows carries the thing's *card*, what the board has to know of it: its state, who
holds it, when it is due (`cards`). The board is a fold over these cards (`fold`) and nothing else, so it can be had as
of any event (`past`), is written for one reader (`view`), and can be made again from the log alone (`rebuild`).
"""
