"""The demo district: a small, true-to-life Baoshan, loaded through the house's own actions."""
