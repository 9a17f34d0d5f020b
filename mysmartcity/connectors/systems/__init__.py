"""One folder per kind of municipal system; only `connectors.registry` may name them."""
