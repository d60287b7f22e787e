"""The month of 2023 in which people paid by card with Digital Tenge, replayed."""
