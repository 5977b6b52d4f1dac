"""Filing for somebody else 代办: trusted relatives, and staff who write down what a caller says."""
