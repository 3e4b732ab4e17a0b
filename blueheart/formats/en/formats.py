"""Days as the United Nations Editorial Manual writes them, 22 November 2026, and hours from 0 to 24.

Django's own are those of the United States; receipts and the campaign's pages already write the day first.
"""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
