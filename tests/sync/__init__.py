"""The change log, the socket, jobs and history, tested over the running application."""
