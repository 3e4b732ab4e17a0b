"""What waits for a person, worked off one by one: the office knows no more of it than `blueheart.moderation.queues`."""
