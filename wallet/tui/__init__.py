"""The wallet that fills the terminal. It knows use cases and faces; what opens wallets is handed in."""
