"""What Stripe keeps, one module for each kind of object and what can happen to it."""
