"""`etl report`: the account of all rows, for people and for other programs; never their values."""
