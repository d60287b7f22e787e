"""Card messages: their bytes, their links, and what an unrelated implementation makes of them."""
