"""The doors of Open311 GeoReport v2, in the standard's own words and formats."""
