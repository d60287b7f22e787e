"""Cards in bytes and the readers they are held to."""
