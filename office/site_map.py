"""Every page of the office that belongs to no model."""

from office import content_desk, markdown_preview
from office.data_map import page as data_map
from office.home import language
from office.imports import pages as imports
from office.mail_texts import pages as mail_texts
from office.notices import pages as notices
from office.page import OfficePage
from office.privacy import pages as privacy
from office.queues import pages as queues

PAGES: list[OfficePage] = [
    *privacy.PAGES,
    *data_map.PAGES,
    *queues.PAGES,
    *content_desk.PAGES,
    *language.PAGES,
    *markdown_preview.PAGES,
    *mail_texts.PAGES,
    *notices.PAGES,
    *imports.PAGES,
]
