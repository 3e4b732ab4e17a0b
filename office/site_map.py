"""Every page of the office that belongs to no model."""

from office import content_desk
from office.mail_texts import pages as mail_texts
from office.page import OfficePage

PAGES: list[OfficePage] = [
    *content_desk.PAGES,
    *mail_texts.PAGES,
]
