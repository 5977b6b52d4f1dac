"""Setting a page: from its slots and their texts to lines with coordinates. No database, no vendor.

All lengths are millimetres from the page's upper left corner, sizes of type are points, and whoever draws the result
decides nothing any more: print and web show the same lines.
"""
