"""Any HTTP system that speaks JSON, by a definition instead of code. See README.md in this folder."""
