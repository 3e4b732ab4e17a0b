"""What the content, the office and the ground below them keep of people."""

from django.utils.translation import gettext_lazy as _

from office.data_map.kinds import Declared, Ground, Nobody, Personal, Whose

ACCOUNT = _("As long as the account; the trail names staff by it.")
SAFETY = _("keeps the office from strangers")
SESSION: Declared = (
    Personal(
        "session_data", Whose.STAFF, _("keeps somebody signed in"), Ground.CONTRACT, stays=_("Eight hours at most.")
    ),
    Nobody("session_key"),
)
SOURCED = "loaded reported_by locator slug"


def _of_a_sign_in(*more: str) -> Declared:
    fields = " ".join(("username ip_address user_agent http_accept", *more))
    return (Personal(fields, Whose.VISITOR, SAFETY, Ground.INTEREST, ("forget-sign-ins",)), Nobody("path_info"))


def _published(fields: str) -> Personal:
    used_for = _("says who made or did what we publish; it stands in public")
    return Personal(fields, Whose.PUBLIC, used_for, Ground.INTEREST, stays=_("As long as it is published."))


CONTENT: dict[str, Declared] = {
    "campaigns.campaign": (Nobody("loaded reported_by slug title summary body money_goal_currency"),),
    "campaigns.country": (Nobody("loaded locator reported_by iso2 story"),),
    "campaigns.source": (Nobody("loaded slug title publisher url language note"),),
    "campaigns.fact": (Nobody(f"{SOURCED} statement value unit scope period population iso2"),),
    "campaigns.milestone": (Nobody(f"{SOURCED} title text iso2"),),
    "campaigns.grantcycle": (Nobody(f"{SOURCED} name amount_words ceiling_words text"),),
    "campaigns.publishedgrant": (Nobody(f"{SOURCED} organisation iso2 purpose"),),
    "campaigns.helpline": (
        Nobody("loaded slug iso2 name phones web other_ways languages hours note staff_note source_url"),
    ),
    "campaigns.legalinstrument": (Nobody(f"{SOURCED} title reference text"),),
    "campaigns.newsitem": (Nobody("loaded reported_by slug title summary body iso2"),),
    "campaigns.partner": (Nobody("loaded locator reported_by slug iso2 url"), _published("name role text")),
    "campaigns.picture": (Nobody("loaded slug licence origin_url"), _published("file alt credit")),
    "campaigns.reportedition": (Nobody("loaded locator reported_by ordinal summary body doubts"),),
    "campaigns.datatable": (Nobody(f"{SOURCED} title unit scope period population note"),),
    "campaigns.datapoint": (Nobody("label series"),),
    "campaigns.resource": (
        Nobody("loaded slug title summary audiences languages publisher iso2 url file own_file licence"),
    ),
    "campaigns.searchentry": (
        Nobody("key language path title title_language summary summary_language body body_language document"),
    ),
    "campaigns.worlddayedition": (Nobody("loaded locator reported_by theme hashtag summary story"),),
    "campaigns.event": (
        Nobody("loaded reported_by slug title text iso2 place time_zone url"),
        _published("organiser"),
    ),
}

DECLARED: dict[str, Declared] = CONTENT | {
    "office.recoverycodes": (Nobody("name"),),
    "office.recoverycode": (Nobody("digest"),),
    "office.jobturn": (Nobody("name failure"),),
    "office.erasure": (
        Personal("email", Whose.SUPPORTER, _("whom to forget"), Ground.LAW,
                 stays=_("Until it is done or declined; a constraint of the database empties it.")),
        Nobody("reason case why answer outcome"),
    ),
    "trail.entry": (
        Personal("address", Whose.STAFF, _("from where somebody acted"), Ground.INTEREST,
                 stays=_("As long as the trail: its rows cannot be changed.")),
        Personal("target_id why detail", Whose.STAFF, _("what was done with which row, and why, without a name"),
                 Ground.INTEREST, stays=_("As long as the trail: its rows cannot be changed."), is_pseudonym=True),
        Nobody("action target_type"),
    ),
    "trail.seal": (Nobody("digest"),),
    "pages.version": (Nobody("topic"),),
    "metrics.figure": (Nobody("name labels"),),
    "limits.counter": (
        Personal("key", Whose.VISITOR, _("counts tries, by a keyed digest of the source"), Ground.INTEREST,
                 ("forget-limits",), is_pseudonym=True),
        Nobody("scope"),
    ),
    "limits.pause": (
        Personal("key", Whose.VISITOR, _("lets a source wait, by a keyed digest of it"), Ground.INTEREST,
                 ("forget-limits",), is_pseudonym=True),
        Nobody("scope"),
    ),
    "moderation.nameword": (Nobody("word note"),),
    "moderation.claim": (Nobody("kind queue"),),
    "moderation.skip": (Nobody("kind"),),
    "moderation.decision": (Nobody("queue act name undo left"),),
    "post.message": (
        Personal("cause", Whose.SUPPORTER, _("says which row a mail is about, never an address"), Ground.CONTRACT,
                 stays=_("As long as the log of mails."), is_pseudonym=True),
        Nobody("reason kind"),
    ),
    "post.noticerule": (Nobody("kind"),),
    "post.mailtext": (Nobody("kind source words"),),
    "site_settings.sitesetting": (Nobody("key value"),),
    "site_settings.sitesettingchange": (Nobody("key why before after"),),
    "auth.user": (
        Personal("username first_name last_name email", Whose.STAFF, _("who works here, and where we write"),
                 Ground.CONTRACT, stays=ACCOUNT),
        Nobody("password"),
    ),
    "auth.group": (Nobody("name"),),
    "auth.permission": (Nobody("name codename"),),
    "sessions.session": SESSION,
    "signing_in.session": SESSION,
    "signing_in.seenplace": (
        Personal("digest", Whose.STAFF, _("knows a browser again, so that a new one is told of by mail"),
                 Ground.INTEREST, stays=ACCOUNT, is_pseudonym=True),
    ),
    "signing_in.passwordlink": (Nobody("digest"),),
    "imports.fileimport": (
        Personal("content", Whose.DONOR, _("a file that waits to be confirmed, such as a bank’s statement"),
                 Ground.INTEREST, ("drop-imports",)),
        Nobody("kind target file_name digest options said result why"),
    ),
    "exports.preparedexport": (
        Personal("query filters", Whose.DONOR, _("what an exported list was filtered by; a search may name somebody"),
                 Ground.INTEREST, ("forget-exports",)),
        Nobody("of_list file reason"),
    ),
    "consents.consenttext": (Nobody("text"),),
    "otp_totp.totpdevice": (Nobody("name key"),),
    "otp_static.staticdevice": (Nobody("name"),),
    "otp_static.statictoken": (Nobody("token"),),
    "axes.accessattempt": _of_a_sign_in("get_data post_data"),
    "axes.accessfailurelog": _of_a_sign_in(),
    "axes.accesslog": (*_of_a_sign_in(), Nobody("session_hash")),
    "admin.logentry": (Nobody("object_id object_repr change_message"),),
    "contenttypes.contenttype": (Nobody("app_label model"),),
}  # fmt: skip
