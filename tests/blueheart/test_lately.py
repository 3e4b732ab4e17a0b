"""What forms show may be a second old, and no older."""

import pytest

from blueheart import lately as module
from blueheart.lately import lately


@pytest.fixture
def clock(monkeypatch, settings):
    settings.KEEP_CONTENT_SECONDS = 1.0
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def asked():
    return []


@pytest.fixture
def words(asked):
    @lately
    def words(language: str) -> str:
        asked.append(language)
        return f"{language} {len(asked)}"

    return words


def test_answer_is_kept_for_a_second(clock, words):
    assert [words("en"), words("pt"), words("en")] == ["en 1", "pt 2", "en 1"]
    clock[0] += 0.99
    assert words("en") == "en 1"
    clock[0] += 0.01
    assert words("en") == "en 3"


def test_nothing_is_kept_where_the_setting_is_nothing(clock, words, settings):
    settings.KEEP_CONTENT_SECONDS = 0

    assert [words("en"), words("en")] == ["en 1", "en 2"]


def test_what_is_kept_does_not_grow_without_end(clock, words, asked):
    for number in range(3 * module.MOST_KEPT):
        words(str(number))

    assert len(asked) == 3 * module.MOST_KEPT
    (kept,) = (cell.cell_contents for cell in words.__closure__ if isinstance(cell.cell_contents, dict))
    assert len(kept) <= module.MOST_KEPT


def test_what_fails_is_not_kept(clock):
    answers = iter([ZeroDivisionError(), "well"])

    @lately
    def once() -> str:
        answer = next(answers)
        if isinstance(answer, ZeroDivisionError):
            raise answer
        return answer

    with pytest.raises(ZeroDivisionError):
        once()
    assert once() == "well"
