"""What people agree to by a tick, in the words that they ticked: versions, in all languages, kept for ever."""
