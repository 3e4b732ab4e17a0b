"""The worker's jobs as staff see them."""

from django.contrib import admin

from blueheart.admin.base import ReadOnlyAdmin
from office.models import JobTurn


@admin.register(JobTurn)
class JobTurnAdmin(ReadOnlyAdmin[JobTurn]):
    list_display = ["name", "begun_at", "ended_at", "failure"]
