"""Virtual payment cards: what a terminal meets when an EMV chip lies in its reader."""
