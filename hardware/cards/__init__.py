"""Cards in software: a chip's memory with its tears and its counted RAM, and the purse that runs on it."""
