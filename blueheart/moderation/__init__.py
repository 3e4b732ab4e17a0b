"""What moderating has in common, whatever is moderated: words refused in names, reports, and queues.

`refused.public_name` is the name rule with the words that staff refuse; `claims` keep two of the staff from one row;
`queues` is the shape in which an app offers what waits for them.
"""
