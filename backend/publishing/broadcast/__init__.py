"""TV and radio: rundowns 串联单, from their making over the signature of their texts to the log of what was aired."""
