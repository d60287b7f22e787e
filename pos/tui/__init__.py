"""The till on the whole terminal: sign-on, sale, payment, receipts, shift, offline takings."""
