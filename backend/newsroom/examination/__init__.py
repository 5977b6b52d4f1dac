"""Examination 审核: 三审三校, the text aids, and the fast lane."""
