"""Both sides in real terminals: two processes in tmux, and only pictures of their screens between them."""
