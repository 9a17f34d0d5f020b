"""A proxy that spoils exchanges on purpose, in front of any system. Run it with --help."""
