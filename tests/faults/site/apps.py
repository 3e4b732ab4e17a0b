from django.apps import AppConfig
from django.conf import settings

from tests.faults.site import points


class PointsConfig(AppConfig):
    name = "tests.faults.site"
    label = "fault_points"

    def ready(self) -> None:
        if settings.KILL_POINTS:
            points.arm(settings.KILL_POINTS)
