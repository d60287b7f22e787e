"""What the wallet offers beyond what every device can: answering shops."""
