"""The ways a bell reaches a phone: one file a vendor, all behind `base.PushTarget`."""
