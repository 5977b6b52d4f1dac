"""The way out of the house: what asks and tells other servers. Workers come here; no action calls anything here."""
