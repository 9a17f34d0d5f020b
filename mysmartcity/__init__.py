"""My Smart City: the free channel between residents and every service provider of a city."""
