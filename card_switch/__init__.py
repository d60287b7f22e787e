"""The card switch: carries card payments in ISO 8583 between points of sale and banks."""
