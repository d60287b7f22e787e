"""Rows of the hosts, in one table: host, kind of row, key, bytes."""
