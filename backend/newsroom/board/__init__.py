"""The command-and-dispatch board 指挥调度: alarms, and who holds what."""
