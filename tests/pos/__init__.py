"""The till: its core as tables, its days as stories."""
