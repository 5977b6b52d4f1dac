"""Operation 运营: how the centre's work is used, from its own samples; no figure is about fewer than five people."""
