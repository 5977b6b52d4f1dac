"""Editing 编辑: stories, their versions and leases, and the packages of renditions made from them."""
