"""What pledges keep of people."""

from django.utils.translation import gettext_lazy as _

from office.data_map.kinds import Declared, Ground, Nobody, Personal, Whose

FORGOTTEN = ("purge-unconfirmed", "forget-supporters", "erase-supporters-again")
CASES = ("forget-names-of-cases",)
PLACE: Declared = (Nobody("country"),)
RULES_OF_SOURCES = _("As long as the rule stands; staff delete it.")

DECLARED: dict[str, Declared] = {
    "pledges.pledge": (
        Personal(
            "email canonical_email", Whose.SUPPORTER,
            _("confirms the pledge, asks whether it was kept, lets its owner look after it"), Ground.CONTRACT,
            FORGOTTEN,
        ),
        Personal(
            "public_name name_key words", Whose.SUPPORTER, _("what the supporter shows on the wall"), Ground.CONSENT,
            FORGOTTEN,
        ),
        Personal("country", Whose.SUPPORTER, _("counts and the map"), Ground.CONSENT,
                 stays=_("With the count: without the person it is a number of a country.")),
        Personal("source_ip", Whose.SUPPORTER, _("finds out who pledges by the hundred"), Ground.INTEREST,
                 ("forget-sources",)),
        Personal("public_id", Whose.SUPPORTER, _("names a row without saying whose it is"), Ground.INTEREST,
                 stays=_("With the count."), is_pseudonym=True),
    ),
    "pledges.pledgingbody": (
        Personal(
            "contact_name contact_role link", Whose.SUPPORTER, _("who speaks for an organisation or authority"),
            Ground.CONSENT, FORGOTTEN,
        ),
        Personal("refused_for asked_for", Whose.SUPPORTER, _("what staff write to an organisation"), Ground.CONTRACT,
                 stays=_("With the pledge; the person’s name is blotted out when they are erased.")),
    ),
    "pledges.fulfilment": (
        Personal("words", Whose.SUPPORTER, _("what the supporter tells of keeping the pledge"), Ground.CONSENT,
                 FORGOTTEN),
    ),
    "pledges.heartphoto": (
        Personal("file alt", Whose.SUPPORTER, _("a photo that the supporter shows"), Ground.CONSENT,
                 ("forget-refused-photos", *FORGOTTEN)),
    ),
    "pledges.heldphoto": (
        Personal("webp", Whose.SUPPORTER, _("a photo that waits to be looked at"), Ground.CONSENT,
                 ("forget-refused-photos", *FORGOTTEN)),
    ),
    "pledges.heartreport": (
        Personal("words", Whose.VISITOR, _("what a visitor says is wrong with a heart"), Ground.INTEREST, FORGOTTEN),
    ),
    "pledges.mailedlink": (Nobody("digest"),),
    "pledges.confirmationcode": (Nobody("form_digest seal digest"),),
    "pledges.group": (
        Personal("keeper_name keeper_email", Whose.KEEPER, _("who looks after the group, and where we write"),
                 Ground.CONTRACT, ("forget-groups",), _("Until the keeper asks to be forgotten, or another is named.")),
        Personal("name about about_to_read refused_for", Whose.KEEPER, _("what a group says of itself"), Ground.CONSENT,
                 ("forget-groups",), _("With the group; the keeper’s name is blotted out when they are erased.")),
        Nobody("code country"),
    ),
    "pledges.keeperlink": (Nobody("digest"),),
    "pledges.quietaddress": (
        Personal("digest", Whose.SUPPORTER, _("remembers by a keyed digest who wants no mail"), Ground.INTEREST,
                 stays=_("Until the person wants mail again: without it we would write to them."), is_pseudonym=True),
    ),
    "pledges.sourcerule": (
        Personal("network domain comment", Whose.VISITOR, _("blocks or allows a network or a mail domain"),
                 Ground.INTEREST, stays=RULES_OF_SOURCES),
    ),
    "pledges.trendingsource": (
        Personal("source", Whose.VISITOR, _("shows which networks and mail domains are loud"), Ground.INTEREST,
                 ("forget-sources",)),
    ),
    "pledges.invalidationcase": (
        Personal("title why name network domain country", Whose.SUPPORTER,
                 _("which pledges are taken out of the count, and why"), Ground.INTEREST, CASES),
    ),
    "pledges.campaignterms": (Nobody("held_for"),),
    "pledges.domainrule": (Nobody("domain tag_sign same_as note"),),
    "pledges.precept": (Nobody("slug"),),
    "pledges.preceptwording": (Nobody("title text"),),
    "pledges.answertally": PLACE,
    "pledges.pledgedelta": PLACE,
    "pledges.pledgetally": PLACE,
    "pledges.campaigncountrytally": PLACE,
    "pledges.countrytally": PLACE,
    "pledges.precepttally": PLACE,
}  # fmt: skip
