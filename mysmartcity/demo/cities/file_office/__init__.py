"""A simulated office that exchanges files, in a folder or over SFTP. See demo/README.md."""
