"""What the centre is and does. Knows no HTTP, no Socket.IO and no vendor."""
