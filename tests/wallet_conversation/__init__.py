"""Payments through the wallet's screens: two apps, each with its own wallet, that share only pixels."""
