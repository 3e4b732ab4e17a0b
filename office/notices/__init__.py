"""What staff are told of by mail: who is, of what, and the digest that each may ask for."""
