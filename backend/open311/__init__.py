"""Open311 GeoReport v2: the open standard by which other programs file and follow service requests."""
