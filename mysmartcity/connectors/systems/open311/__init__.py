"""Open311 GeoReport v2, as real servers speak it. See README.md in this folder."""
