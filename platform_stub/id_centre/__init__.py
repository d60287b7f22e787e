"""The ID centre: from a phone, IIN or BIN to an address."""
