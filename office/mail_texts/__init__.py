"""What our mails say, as staff word it: per kind and language, beside what we say ourselves."""
