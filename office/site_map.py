"""Every page of the office that belongs to no model."""

from office import content_desk
from office.page import OfficePage

PAGES: list[OfficePage] = [
    *content_desk.PAGES,
]
