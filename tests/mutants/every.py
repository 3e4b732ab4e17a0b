"""All mutants, in the order in which they are tried."""

from tests.mutants import books, doors, people, queues, staff, stripe

MUTANTS = [*queues.MUTANTS, *books.MUTANTS, *stripe.MUTANTS, *staff.MUTANTS, *people.MUTANTS, *doors.MUTANTS]
