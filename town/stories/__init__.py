"""The stories: people of the cast doing what a user hopes for and fears, on real parts.

Each story is a function of a stage (what is shown) and a town (what is real). It asserts nothing: it reads
the figures back from the stores and puts them on the stage, where a person sees them and a test checks them.
"""
