"""A simulated City of Cape Town: speaks the published contract of its service-request API (v2.2)."""
