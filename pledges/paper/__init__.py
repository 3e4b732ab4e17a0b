"""What is printed of pledges: certificates, and what groups put on their walls and tables."""
