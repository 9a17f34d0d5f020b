"""Open311 GeoReport v2: the door for city apps and other machines. See README.md in the folder above.

Lives here: reading arguments, answering in XML or JSON. Rules and writes live in `issues`.
"""
