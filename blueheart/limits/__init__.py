"""How often one source may do one thing: `counting.spend`, and `addresses.client_address` for whence it comes."""
