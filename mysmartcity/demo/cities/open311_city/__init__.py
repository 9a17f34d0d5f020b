"""A simulated city with an Open311 endpoint and a database of its own. See demo/README.md."""
