"""How staff come in, stay in, and are sent out: password, second factor, sessions, and the mails that tell of it."""
