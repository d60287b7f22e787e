"""The switch on the wire: sockets on loopback, and the one loop that turns the switchboard."""
