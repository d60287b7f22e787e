"""What people look at, shared by every product: words, amounts, the theme, the QR widget."""
