"""How much one source may ask of the pledge form, and when its pledges are taken but not counted yet.

| counted                                       | in 10 minutes | in a day | beyond it            |
|-----------------------------------------------|---------------|----------|----------------------|
| pledges from one IPv4 address or IPv6 /64     | 30            | 120      | suspected            |
| pledges from its IPv4 /24 or IPv6 /48         | 150           | 600      | suspected            |
| pledges for one mailbox, whoever sends them   | 6             | 20       | suspected            |
| pledges on the whole site                     | 20,000        | 500,000  | suspected            |
| with a group's code, from one network         | half a day's  | `quota`  | suspected            |
| with a group's code, from all networks        | –             | 2 quotas | suspected            |
| with the codes of all groups, from one network| –             | 5,000    | suspected            |
| forms sent from one network, whatever is in it|               | 600/hour | refused, and told so |
| codes typed in one network, right or wrong    |               | 600/hour | said to be over      |
| photos sent from one network                  |               | 60       | refused, and told so |
| photos sent for one mailbox                   |               | 5        | refused, and told so |
| mails to one mailbox                          | 1             | 5        | not sent             |

What is refused counts nothing for the whole site. Who is suspected notices nothing: the same page, the same mail, a
page of their own; only the count waits. Staff say in `SourceRule` what no limit suspects, and what is always suspected.
The numbers are the defaults of `pledges.site_settings`, which staff may change; in strict mode those of one source are
divided.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from blueheart import mail_addresses
from blueheart.limits.addresses import client_address, neighbourhood, subnet
from blueheart.limits.counting import SPENDING, Use, paced, spend, spend_all, spend_paced, spending
from blueheart.postgresql.trips import Statement, send
from blueheart.site_settings.declaring import Number
from blueheart.site_settings.reading import Values, current
from pledges import mailboxes, sources
from pledges import site_settings as declared
from pledges.models import Group, Pledge

TEN_MINUTES = 10 * 60
HOUR = 60 * 60
DAY = 24 * HOUR
SLOTS = 16  # rows among which the requests of the whole site are spread

FLOOD = "pledge-forms"
SITE = "pledge-site"
MAILBOX = "pledge-mailbox"
BURST, SUSTAINED = "-burst", "-day"

JUDGE = f"SELECT of_network, of_domain, ARRAY(SELECT {SPENDING}) FROM {sources.RULING}"  # noqa: S608  names of functions


@dataclass(frozen=True)
class Verdict:
    """What is done with a pledge that somebody sends: taken, taken under a `Pledge.Suspicion`, or refused.

    With the mailbox that its address leads to, where it is taken.
    """

    is_refused: bool = False
    suspicion: str = ""
    mailbox: str = ""


def judge(request: HttpRequest, *, email: str, group: Group | None = None) -> Verdict:
    """What to do with a pledge from this network for this address, sent with the code of a group or without.

    Always the same statements: it counts what the network typed and never looks at who has pledged, so that
    neither its answer nor its time tells anything of them. A repeat of what was within the limits, for the same mailbox
    from the same network, costs nothing that day but one of the network's forms.
    """
    address = client_address(request)
    mailbox = mailboxes.canonical(email)
    known_as = sources.ruling_values(address, mail_addresses.canonical(email), mailbox)
    uses = spending(_uses(address, mailbox, group), once=_pair(address, mailbox, group))
    [(of_network, of_domain, scopes)] = send(Statement(JUDGE, [*uses, *known_as]))
    ruling, over = sources.Ruling(of_network, of_domain), frozenset(scopes)
    if FLOOD in over and not ruling.is_known_network:
        return Verdict(is_refused=True)
    if ruling.is_blocked:
        return Verdict(suspicion=Pledge.Suspicion.BLOCKED, mailbox=mailbox)
    return Verdict(suspicion="" if ruling.is_allowed else _suspicion(over - {FLOOD}), mailbox=mailbox)


def quota(group: Group, values: Values) -> int:
    """How many pledges a day its code brings from one network: what twice its target needs, within reason."""
    return max(values.limit(declared.SMALLEST_QUOTA), min(2 * group.target, values.limit(declared.LARGEST_QUOTA)))


def may_mail(mailbox: str) -> bool:
    """Whether one more mail about pledges may go there now: one in ten minutes, and five a day.

    Give it the canonical address where there is one (`mailboxes.canonical`): two spellings may be one mailbox.
    """
    return spend_paced(_mails(mailbox), pause=TEN_MINUTES)


def may_mail_values(mailbox: str) -> list[object]:
    """The values of `counting.PACED` with which PostgreSQL answers what `may_mail` does."""
    return paced(_mails(mailbox), pause=TEN_MINUTES)


def _mails(mailbox: str) -> Use:
    mails_a_day = current().number(declared.MAILS_A_DAY)
    return Use("pledge-mails", mail_addresses.canonical(mailbox), limit=mails_a_day, seconds=DAY)


def may_type_code(request: HttpRequest) -> bool:
    """Whether this network may try one more code. Five tries for each pledge are many where there are many pledges."""
    return _may("pledge-codes", request, declared.CODES_AN_HOUR)


def may_report(request: HttpRequest) -> bool:
    """Whether this network may report one more heart."""
    return _may("heart-reports", request, declared.REPORTS_AN_HOUR)


def may_send_photo(request: HttpRequest, mailbox: str) -> bool:
    """Whether one more photo may be drawn for this network and this mailbox today: drawing costs a second.

    Give it the canonical address (`mailboxes.canonical`).
    """
    values = current()
    network = subnet(client_address(request))
    over = spend_all(
        [
            Use("photos-network", network, limit=values.limit(declared.PHOTOS_BY_NETWORK), seconds=DAY),
            Use("photos-mailbox", mailbox, limit=values.limit(declared.PHOTOS_OF_MAILBOX), seconds=DAY),
        ]
    )
    return not over


def may_open_group(request: HttpRequest) -> bool:
    """Whether this network may open one more group."""
    return _may("group-opening", request, declared.GROUPS_AN_HOUR)


def _may(scope: str, request: HttpRequest, an_hour: Number) -> bool:
    return spend(scope, subnet(client_address(request)), limit=current().limit(an_hour), seconds=HOUR)


def _uses(address: str, mailbox: str, group: Group | None) -> list[Use]:
    values, network = current(), subnet(address)
    forms = values.limit(declared.FORMS_AN_HOUR)
    shared = [
        *_both(MAILBOX, mailbox, (values.limit(declared.MAILBOX_BURST), values.limit(declared.MAILBOX_DAY))),
        *_both(SITE, "", (values.number(declared.SITE_BURST), values.number(declared.SITE_DAY)), slots=SLOTS),
    ]
    if group is None:
        each_form = Use(FLOOD, network, limit=forms, seconds=HOUR, each_time=True)
        of_network = values.limit(declared.NETWORK_BURST), values.limit(declared.NETWORK_DAY)
        around_it = values.limit(declared.NEIGHBOURHOOD_BURST), values.limit(declared.NEIGHBOURHOOD_DAY)
        near = _both("pledge-network", network, of_network)
        far = _both("pledge-neighbourhood", neighbourhood(address), around_it)
        return [each_form, *near, *far, *shared]
    daily = quota(group, values)
    each_form = Use(FLOOD, f"{group.pk} {network}", limit=max(forms, daily), seconds=HOUR, each_time=True)
    near = _both("pledge-group-network", f"{group.pk} {network}", (daily // 2, daily))
    whole_group = Use(f"pledge-group{SUSTAINED}", str(group.pk), limit=2 * daily, seconds=DAY)
    # Codes of groups stand in public: with many of them one network would have as many quotas.
    most = values.limit(declared.LARGEST_QUOTA)
    with_all_codes = Use(f"pledge-groups-network{SUSTAINED}", network, limit=most, seconds=DAY)
    return [each_form, *near, whole_group, with_all_codes, *shared]


def _both(scope: str, key: str, limits: tuple[int, int], *, slots: int = 1) -> Iterable[Use]:
    burst, sustained = limits
    yield Use(f"{scope}{BURST}", key, limit=burst, seconds=TEN_MINUTES, slots=slots)
    yield Use(f"{scope}{SUSTAINED}", key, limit=sustained, seconds=DAY, slots=slots)


def _pair(address: str, mailbox: str, group: Group | None) -> Use:
    of_group = f" {group.pk}" if group else ""
    return Use("pledge-pair", f"{subnet(address)} {mailbox}{of_group}", limit=1, seconds=DAY)


def _suspicion(over: frozenset[str]) -> str:
    """The reason that says most, where several limits are passed."""
    if not over:
        return ""
    if over <= {f"{SITE}{BURST}", f"{SITE}{SUSTAINED}"}:
        return Pledge.Suspicion.WHOLE_SITE
    if over & {f"{MAILBOX}{BURST}", f"{MAILBOX}{SUSTAINED}"}:
        return Pledge.Suspicion.ONE_MAILBOX
    return Pledge.Suspicion.BURST if any(scope.endswith(BURST) for scope in over) else Pledge.Suspicion.SUSTAINED
