"""Pages in memory: so many bytes, and no flood of addresses pushes out what people ask for."""

import threading
from collections import OrderedDict

from blueheart.pages.cache.answers import Page
from blueheart.pages.cache.wishes import Wish

# New pages wait in a small part. One that is asked for again there moves on to the large one; pages with a query stay,
# for anyone can think of queries without end. (After S3-FIFO, Yang et al. 2023: no list is touched when a page is
# found, so that a hit takes no lock.)
SHARE_OF_NEW = 0.2


class Slot:
    """The place of one wish: its page may be renewed while others hold the slot; None when it was dropped."""

    __slots__ = ("is_asked_again", "page", "size", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish, self.size = wish, 0
        self.page: Page | None = None
        self.is_asked_again = False


class Store:
    """Slots by their wish. Safe to use from several threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._new: OrderedDict[Wish, Slot] = OrderedDict()
        self._kept: OrderedDict[Wish, Slot] = OrderedDict()
        self._bytes_of_new = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._new) + len(self._kept)

    def find(self, wish: Wish) -> Slot | None:
        """The slot of a wish, if it has a page."""
        slot = self._kept.get(wish) or self._new.get(wish)
        if slot is not None:
            slot.is_asked_again = True
        return slot

    def put(self, wish: Wish, page: Page) -> Slot | None:
        """Keep the page in place of a former one; None where it would take too much room."""
        with self._lock:
            slot = self._kept.get(wish) or self._new.get(wish)
            if page.size > self.most_bytes * SHARE_OF_NEW:
                if slot:
                    self._drop(slot)
                return None
            if slot is None:
                slot = self._new[wish] = Slot(wish)
            slot.page = page
            self._weigh(slot)
            self._make_room()
            return slot if slot.page else None

    def grew(self, slot: Slot) -> None:
        """Its page was shaped for another encoding."""
        with self._lock:
            if slot.page:
                self._weigh(slot)
                self._make_room()

    def drop(self, wish: Wish) -> None:
        """Forget the page: it is there no more."""
        with self._lock:
            if slot := self._kept.get(wish) or self._new.get(wish):
                self._drop(slot)

    def clear(self) -> None:
        """Forget all pages."""
        with self._lock:
            for slot in (*self._new.values(), *self._kept.values()):
                self._drop(slot)

    def _weigh(self, slot: Slot) -> None:
        assert slot.page  # noqa: S101 -- for the type checker: both callers have looked
        self._add(slot, slot.page.size - slot.size)
        slot.size = slot.page.size

    def _make_room(self) -> None:
        while self.bytes > self.most_bytes and len(self):
            if self._new and (self._bytes_of_new > self.most_bytes * SHARE_OF_NEW or not self._kept):
                self._leave_new(next(iter(self._new.values())))
            else:
                self._leave_kept(next(iter(self._kept.values())))

    def _leave_new(self, slot: Slot) -> None:
        """The oldest of the new: on to the large part where it was asked for again and has no query."""
        if not slot.is_asked_again:
            self._drop(slot)
        elif slot.wish.query:
            slot.is_asked_again = False
            self._new.move_to_end(slot.wish)
        else:
            slot.is_asked_again = False
            self._kept[slot.wish] = self._new.pop(slot.wish)
            self._bytes_of_new -= slot.size

    def _leave_kept(self, slot: Slot) -> None:
        """The oldest of the others: a second chance for what was asked for since it had the last one."""
        if slot.is_asked_again:
            slot.is_asked_again = False
            self._kept.move_to_end(slot.wish)
        else:
            self._drop(slot)

    def _drop(self, slot: Slot) -> None:
        self._add(slot, -slot.size)
        self._new.pop(slot.wish, None)
        self._kept.pop(slot.wish, None)
        slot.page, slot.size = None, 0

    def _add(self, slot: Slot, size: int) -> None:
        self.bytes += size
        if slot.wish in self._new:
            self._bytes_of_new += size
