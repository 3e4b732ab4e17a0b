"""What donations keep of people."""

from django.utils.translation import gettext_lazy as _

from office.data_map.kinds import Declared, Ground, Nobody, Personal, Whose

BOOKS = _("As long as the books. It no longer leads to a person once the donor is erased.")
ASKED = _("Until the person asks to be forgotten.")
OURS = _("As long as we work with them; staff take it out.")
STAFF_WORDS = _("With the row. No name belongs here; a donor’s own is blotted out when the donor is erased.")
PSEUDONYM = _("names a row without saying whose it is")
AT_STRIPE = _("finds the payment at Stripe")

ERASED_AGAIN = ("erase-again",)


def _pseudonym(fields: str) -> Personal:
    return Personal(fields, Whose.DONOR, PSEUDONYM, Ground.INTEREST, stays=BOOKS, is_pseudonym=True)


def _at_stripe(fields: str) -> Personal:
    return Personal(fields, Whose.DONOR, AT_STRIPE, Ground.CONTRACT, stays=BOOKS, is_pseudonym=True)


NAMES_OF_A_GIFT = Personal(
    "receipt_name public_name", Whose.DONOR, _("the receipt, and the name on the wall of donors if one was chosen"),
    Ground.CONTRACT, ERASED_AGAIN, ASKED,
)  # fmt: skip
ABOUT_MONEY: Declared = (Nobody("currency"),)

DECLARED: dict[str, Declared] = {
    "donations.donor": (
        Personal(
            "email name", Whose.DONOR, _("thanks, receipts, and the pages where donors look after their gifts"),
            Ground.CONTRACT, ERASED_AGAIN, ASKED,
        ),
        _pseudonym("public_id"),
    ),
    "donations.givinglink": (Nobody("digest"),),
    "donations.monthlygift": (
        NAMES_OF_A_GIFT,
        Nobody("currency failing_invoice_id"),
        _pseudonym("public_id"),
        _at_stripe("stripe_customer_id stripe_subscription_id stripe_payment_method_id"),
        Personal(
            "authenticate_url", Whose.DONOR, _("the bank’s page where a charge is confirmed"), Ground.CONTRACT,
            stays=ASKED,
        ),
    ),
    "donations.monthlygiftchange": (Nobody("feedback"),),
    "donations.donation": (
        NAMES_OF_A_GIFT,
        Personal("words", Whose.DONOR, _("what the donor says in public"), Ground.CONSENT, ERASED_AGAIN, ASKED),
        Personal(
            "offline_reference", Whose.DONOR, _("finds a gift by transfer, cheque or in kind again"), Ground.INTEREST,
            ERASED_AGAIN, ASKED,
        ),
        Personal("in_kind reason", Whose.DONOR, _("what staff write about a gift"), Ground.INTEREST, stays=STAFF_WORDS),
        Personal("checkout_url", Whose.DONOR, _("the way back to the pay page"), Ground.CONTRACT, stays=ASKED),
        _pseudonym("public_id"),
        _at_stripe("stripe_checkout_session_id stripe_payment_intent_id stripe_invoice_id"),
        Nobody("currency failure_code form_digest statement_text"),
    ),
    "donations.organisation": (
        Nobody("public_id name country website"),
        Personal(
            "contact_name contact_email note", Whose.CONTACT, _("whom we write to about a grant"), Ground.CONTRACT,
            stays=OURS,
        ),
    ),
    "donations.grant": (Nobody("public_id country purpose currency why reason"),),
    "donations.grantpayment": (Nobody("public_id moved_currency reference why"),),
    "donations.closing": (Nobody("note report"),),
    "donations.dispute": (_at_stripe("stripe_dispute_id"), Nobody("currency reason")),
    "donations.fraudwarning": (_at_stripe("stripe_warning_id"), Nobody("fraud_type")),
    "donations.payout": (Nobody("stripe_payout_id currency failure_code"),),
    "donations.payoutline": (_at_stripe("stripe_balance_transaction_id"), Nobody("kind currency")),
    "donations.contributor": (
        Nobody("public_id country"),
        Personal(
            "name contact_name contact_email", Whose.CONTACT,
            _("who promises a gift, and whom we remind of an instalment; a contributor may be a person"),
            Ground.CONTRACT, stays=OURS,
        ),
    ),
    "donations.transferreference": (_pseudonym("reference"),),
    "donations.promisedgift": (Nobody("public_id currency document note"),),
    "donations.promisechange": (Nobody("why"),),
    "donations.promisepayment": (Nobody("public_id currency reference note"),),
    "donations.refund": (
        Personal("why reason", Whose.DONOR, _("why money went back"), Ground.INTEREST, stays=STAFF_WORDS),
        _pseudonym("public_id"),
        _at_stripe("stripe_refund_id"),
        Nobody("currency stripe_reason failure_code"),
    ),
    "donations.refundrequest": (
        Personal("words answer", Whose.DONOR, _("what a donor writes to have money back"), Ground.CONTRACT,
                 stays=ASKED),
    ),
    "donations.ledgertransaction": (_at_stripe("stripe_balance_transaction_id"), Nobody("why")),
    "donations.ledgerentry": ABOUT_MONEY,
    "donations.closedperiod": (Nobody("why"),),
    "donations.bookstotal": ABOUT_MONEY,
    "donations.daytotal": ABOUT_MONEY,
    "donations.ledgertotal": ABOUT_MONEY,
    "donations.bankaccount": (Nobody("name holder bank iban bic currency"),),
    "donations.bankstatement": (Nobody("file_name digest number why"),),
    "donations.bankline": (
        Personal(
            "counterparty counterparty_iban remittance end_to_end_id", Whose.DONOR,
            _("who paid, as the bank says: finds out what a transfer is"), Ground.INTEREST, ERASED_AGAIN,
            _("With the bank’s statement; emptied when the donor is erased."),
        ),
        Nobody("currency bank_reference fingerprint ignored_for"),
    ),
    "donations.givingcurrency": (Nobody("currency presets_minor"),),
    "donations.feerate": ABOUT_MONEY,
    "donations.exchangerate": (Nobody("currency source"),),
    "donations.giftreport": (
        Personal("words", Whose.VISITOR, _("what a visitor says is wrong with a public gift"), Ground.INTEREST,
                 stays=_("With the gift; deleted when its donor is erased.")),
    ),
    "donations.legalentity": (Nobody("code name address note time_zone"),),
    "donations.receipt": (
        Personal("snapshot", Whose.DONOR, _("the receipt as it was issued, names included"), Ground.LAW,
                 ("forget-receipts",)),
        _pseudonym("number code"),
        Nobody("currency void_reason"),
    ),
    "donations.receiptorder": (Nobody("reason cause"),),
    "donations.reconciliationrun": (Nobody("failure"),),
    "donations.reconciliationfinding": (_at_stripe("stripe_id"), Nobody("what")),
    "donations.stripeevent": (
        _at_stripe("stripe_object_id"),
        Personal("payload", Whose.DONOR, AT_STRIPE, Ground.CONTRACT, ("minimise-events",), BOOKS, is_pseudonym=True),
        Nobody("reason stripe_event_id type api_version"),
    ),
    "donations.tribute": (
        Personal("honoured_name", Whose.NAMED, _("whom a gift honours"), Ground.CONSENT,
                 stays=_("With the gift; deleted when its donor is erased.")),
        Personal("notice_name notice_email notice_from", Whose.NAMED, _("one mail that tells somebody of a gift"),
                 Ground.CONSENT, ("forget-notices",)),
    ),
}  # fmt: skip
