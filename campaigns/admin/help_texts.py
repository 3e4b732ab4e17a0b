"""What staff are told beside fields whose names do not say it all; the models say the rest."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HELP: dict[str, str | Promise] = {
    "status": _("Readers see published rows only. A draft goes to review, and whoever may publish publishes it."),
    "slug": _("The last part of the page’s address. A published address stays as it is: others link to it."),
    "source": _("The page or document that says it."),
    "locator": _("Where in the source: a page, a table, a paragraph."),
    "certainty": _("Shown to readers with the figure."),
    "reported_by": _("Who says it, where that is neither the United Nations nor the document itself."),
    "summary": _("One or two sentences, shown in lists and when the page is shared."),
    "picture": _("With words for those who do not see it, and who made it."),
    "alt": _("What is to be seen, for those who do not see it. No “picture of”."),
    "credit": _("Who made it, as they want to be named."),
    "licence": _("Under which licence we may show it."),
    "iso2": _("Two capital letters, for example AT."),
    "pledge_goal": _("How many hearts the campaign hopes for; empty: its page shows no goal."),
    "money_goal_minor": _("In the currency’s smallest unit: 100000 for US$1,000.00."),
    "money_goal_currency": _("Three capital letters, for example USD."),
    "superseded_by": _("The newer figure. This one stays visible as history."),
    "featured": _("Few at a time: the home page shows them in the order of their positions."),
    "publisher": _("Who published it, as it names itself."),
    "read_on": _("When one of us last read it there."),
    "hashtag": _("With its #."),
    "phone": _("As the source has it. Never from memory."),
    "starts_on": _("The first day, by UTC."),
    "ends_on": _("The last day, by UTC; empty: it goes on."),
    "population": _("Whom the figure counts, for example detected victims."),
    "parent": _("The campaign that this one belongs to."),
    "country": _("Only for the campaign of a country."),
    "related_facts": _("Figures shown on its page."),
    "resources": _("Materials offered on its page."),
    "title": _("Short: it is a heading, a link and a line in lists."),
}
