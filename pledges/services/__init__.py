"""What can be done with pledges: make and confirm one, moderate and report hearts, keep the tallies true."""
