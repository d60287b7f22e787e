"""Everyone on one table: wires the products together and tells the stories."""
