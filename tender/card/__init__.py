"""Smart cards in bytes: commands and answers (ISO/IEC 7816-4), BER-TLV, the answer to reset.

Pure: nothing here knows a reader. What a card says is a peer's word: it is read strictly.
"""
