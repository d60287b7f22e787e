"""What the wallet's screens and the till's share: themes, the app, fields, questions, lists.

Textual is imported here and in nothing that a plain command needs.
"""
