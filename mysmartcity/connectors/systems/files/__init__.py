"""Files: messages and news as CSV or XML, dropped and picked up in folders, here or over SFTP."""
