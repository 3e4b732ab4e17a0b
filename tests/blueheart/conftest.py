import pytest
from django.core import mail
from django.template import engines

from blueheart.post import letters
from blueheart.post.letters import Letter

TEMPLATES = {
    "mail/test-hello.subject.txt": "Hello\n {{ name|striptags|safe }}",
    "mail/test-hello.txt": "Dear {{ name|safe }}, see {{ site_url }}/",
    "mail/test-hello.html": "<p dir='{{ direction }}'>Dear {{ name }}</p>",
}


@pytest.fixture
def written(monkeypatch, settings):
    """The letters that the kind `test-hello` was asked for; set `written.answer` to change what it answers."""

    class Written(list):
        def answer(self, message):
            return Letter(to="sam@example.org", context={"name": "Sam & <b>co</b>"})

    written = Written()

    def write(message):
        written.append(message.pk)
        return written.answer(message)

    monkeypatch.setitem(letters._writers, "test-hello", write)
    loaders = [("django.template.loaders.locmem.Loader", TEMPLATES)]
    monkeypatch.setattr(engines["django"].engine, "loaders", loaders)
    engines["django"].engine.__dict__.pop("template_loaders", None)
    yield written
    engines["django"].engine.__dict__.pop("template_loaders", None)


@pytest.fixture
def mail_server(monkeypatch):
    """Sets what stands in for the mail server."""
    return lambda server: monkeypatch.setattr(mail.EmailMessage, "get_connection", lambda *_args: server)
