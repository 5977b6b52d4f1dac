"""What stands above publication: assessment, monitoring, operation and the board."""
