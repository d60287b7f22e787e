"""The till's rows on the disk: the device's sealed store, with kinds of its own, in a file of its own."""
