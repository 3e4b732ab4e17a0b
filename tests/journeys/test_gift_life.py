"""A gift after it was given: its receipt, the donor's own pages, what is given again and again, and the way back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.handbook import picture
from tests.journeys.test_gift import wait_for_thanks
from tests.reading_pdf import text_of
from tests.visitors import mail_to, open_own_pages, pay

pytestmark = pytest.mark.journey

OTHER_CARD = "5555555555554444"
NUMBER = re.compile(r"\b[A-Z]+-\d{4}-\d{6}\b")
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
SEND = "main form .form-actions button"
DESK, PHONE = {"javascript": True}, {"javascript": False, "phone": True}
ON_ANY_DEVICE = pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone-without-javascript"])


def address(name: str, *, javascript: bool = True, **_device) -> str:
    return f"{name}.{'js' if javascript else 'plain'}@example.org"


def fits(page: Page) -> None:
    """Nothing is wider than the screen, once the page is there."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def give(page: Page, site, email: str, *, amount: str, currency: str = "EUR", interval: str = "once", name: str = ""):
    page.goto(site.page(f"/en/donate/?amount={amount}&currency={currency}&interval={interval}"))
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=receipt_name]").fill(name)
    page.locator(SEND).click()
    pay(page, site)
    wait_for_thanks(page)


def kept_receipt(page: Page, site, email: str) -> str:
    """The words of the PDF that came with the newest mail about a receipt."""
    with page.expect_download() as download:
        mail_to(page, site, email, re.compile(".pdf")).get_by_role("link", name=re.compile(r"\.pdf$")).click()
    return text_of(download.value.path().read_bytes())


def check(page: Page, site, text: str) -> None:
    """Type a receipt's number and code as people do: in lower case, with spaces for dashes."""
    page.goto(site.page("/en/receipts/check/"))
    page.locator("input[name=number]").fill(NUMBER.search(text)[0].lower().replace("-", " "))
    page.locator("input[name=code]").fill(" " + CODE.search(text)[0].lower().replace("-", " "))
    page.locator(SEND).click()


@ON_ANY_DEVICE
def test_dora_gives_in_honour_of_anna_and_opens_the_receipt_that_came_by_mail(site, visitor, device):
    page = visitor(**device)
    email = address("dora.life", **device)
    page.goto(site.page("/en/donate/?amount=50&currency=EUR"))
    page.locator("input[name=cover_fees]").check()
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=receipt_name]").fill("Dora Duarte")
    page.locator("summary", has_text="With my name or words").click()
    page.locator("input[name=public_name_kind][value=first]").check()
    page.locator("input[name=public_name]").fill("Dora")
    page.locator("textarea[name=words]").fill("For everybody who waits.")
    page.locator("input[name=is_16_or_older]").check()
    page.locator("summary", has_text="In honour or memory").click()
    page.locator("input[name=tribute_kind][value=honour]").check()
    page.locator("input[name=honoured_name]").fill("Anna")
    fits(page)
    if not device["javascript"]:
        page.locator(SEND).click()
    expect(page.locator("#gift-total")).to_contain_text("€51.94 once")
    page.locator(SEND).click()
    pay(page, site)
    wait_for_thanks(page)

    assert "€51.94" in mail_to(page, site, email).inner_text()
    text = kept_receipt(page, site, email)

    for said in ("Receipt for a gift", "€51.94", "Dora Duarte", "In honour of", "Anna", "TEST MODE"):
        assert said in text
    check(page, site, text)
    expect(page.get_by_role("heading", name="This receipt is valid")).to_be_visible()
    expect(page.locator(".detail-list")).to_contain_text("€51.94")
    expect(page.locator("main")).not_to_contain_text("Dora")
    fits(page)


def test_an_arabic_donor_reads_the_receipt_from_right_to_left(site, visitor):
    page = visitor(phone=True)
    email = address("noor")
    page.goto(site.page("/ar/donate/?amount=50&currency=EUR"))
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=receipt_name]").fill("نور الأمين")
    page.locator(SEND).click()
    pay(page, site)
    wait_for_thanks(page)
    fits(page)

    text = kept_receipt(page, site, email)

    number = NUMBER.search(text)[0]
    assert number in mail_to(page, site, email).inner_text()
    for said in ("نور الأمين", "المبلغ", "50.00", "€", "الصندوق الاستئماني"):
        assert said in text
    open_own_pages(page, site, email, language="ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    fits(page)
    page.locator(f"main a[href$='/ar/giving/receipts/{number}/']").click()
    expect(page.locator(".sheet")).to_contain_text("نور الأمين")
    expect(page.locator(".sheet bdi", has_text=number).first).to_be_visible()
    fits(page)


def test_dora_changes_pauses_resumes_and_ends_what_she_gives_every_month_by_a_phone_without_javascript(site, visitor):
    page = visitor(**PHONE)
    email = address("dora.monthly", **PHONE)
    give(page, site, email, amount="25", interval="month")
    open_own_pages(page, site, email)
    said = page.locator("main [role=status]")
    fits(page)
    page.get_by_role("link", name="€25.00 every month").click()
    fits(page)

    page.get_by_role("link", name="Change the amount").click()
    page.locator("input[name=amount]").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("Saved.")
    expect(page.locator("h1")).to_have_text("€40.00 every month")

    page.get_by_role("link", name="Pause it").click()
    page.locator("input[name=length][value='3']").check()
    fits(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("heading", name="This gift is paused")).to_be_visible()
    own_page = page.url.partition("?")[0]
    expect(mail_to(page, site, email, "is paused")).to_be_visible()  # it is dropped once the pause is over
    page.goto(own_page)

    page.get_by_role("button", name="Let it go on").click()
    expect(said).to_contain_text("Your gift goes on.")

    page.get_by_role("button", name="Change the card").click()
    expect(page).to_have_url(re.compile(re.escape(site.sandbox_url) + "/p/session/"))
    page.locator("#name").fill("Dora Duarte")
    page.locator("#card_number").fill(OTHER_CARD)
    page.locator("#expiry").fill("11/41")
    page.locator("#cvc").fill("321")
    page.locator("#save").click()
    expect(said).to_contain_text("Welcome back.")

    for about in ("was changed", "goes on", "Another card pays"):
        expect(mail_to(page, site, email, about)).to_be_visible()
    page.goto(own_page)
    page.get_by_role("link", name="End it").click()
    page.locator("input[name=feedback][value=too_expensive]").check()
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_role("heading", name="This gift has ended")).to_be_visible()
    expect(page.get_by_role("link", name="Change the amount")).to_have_count(0)
    fits(page)
    expect(mail_to(page, site, email, "has ended")).to_be_visible()


def open_newest_gift(page: Page) -> str:
    """From a donor's first page to the gift at its top; the gift's reference."""
    page.locator(".own-gift-sum a[href*='/giving/gifts/']").first.click()
    expect(page).to_have_url(re.compile("/giving/gifts/"))
    return re.search(r"/gifts/(\w+)/", page.url)[1]


def ask_for_it_back(page: Page, amount: str = "") -> str:
    """On the page of her newest gift Dora writes how much she would like back; returns the gift's reference."""
    reference = open_newest_gift(page)
    fits(page)
    page.get_by_role("link", name="Ask to have it back").click()
    if amount:
        page.locator("input[name=amount]").fill(amount)
    page.locator("textarea[name=words]").fill("I pressed the button twice.")
    fits(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("main [role=status]")).to_contain_text("We have your wish.")
    return reference


def grant(office: Page, site, reference: str) -> None:
    """From the office's home to Dora's wish, and yes to it."""
    office.goto(site.page("/staff/"))
    office.get_by_role("link", name="Donors who ask for a refund").click()
    office.locator("#result_list").get_by_role("link", name=re.compile(reference)).click()
    office.get_by_role("link", name="Decide…").click()
    expect(office.locator(".act-facts")).to_contain_text("I pressed the button twice.")
    office.get_by_role("button", name="Grant").click()


def approve(office: Page, site, reference: str) -> None:
    """From the office's home to a refund that somebody else asked for, and yes to it."""
    look_at_refund(office, site, reference)
    office.get_by_role("button", name="Approve").click()


def look_at_refund(office: Page, site, reference: str) -> None:
    """From the office's home to a refund that waits for a second person."""
    office.goto(site.page("/staff/"))
    office.get_by_role("link", name="Refunds that wait for a second person").click()
    office.locator("#result_list tr", has_text=reference).locator("th a").click()
    office.get_by_role("link", name="Approve or decline…").click()


def test_dora_asks_for_her_gift_back_and_fay_grants_it(site, visitor, desk, fay):
    page = visitor(**DESK)
    email = address("dora.back", **DESK)
    give(page, site, email, amount="75", name="Dora Duarte")
    text = kept_receipt(page, site, email)
    open_own_pages(page, site, email)
    reference = ask_for_it_back(page)
    gift_page = page.url
    expect(mail_to(page, site, email, "You asked for your gift back")).to_be_visible()

    office = desk(fay)
    grant(office, site, reference)

    expect(office.locator(".messagelist")).to_contain_text("the refund is on its way to Stripe")
    for about in ("Your gift is given back", "Your money is on its way back"):
        expect(mail_to(page, site, email, about)).to_be_visible()
    page.goto(gift_page)
    expect(page.locator(".detail-list").first).to_contain_text("€75.00: given back on")
    expect(page.get_by_role("link", name="Ask to have it back")).to_have_count(0)
    check(page, site, text)
    expect(page.get_by_role("heading", name="This receipt is void")).to_be_visible()
    fits(page)


def test_a_large_refund_that_dora_asks_for_takes_fay_and_abe(site, visitor, desk, fay, abe):
    page = visitor()
    email = address("dora.large")
    give(page, site, email, amount="1500", name="Dora Duarte")
    text = kept_receipt(page, site, email)
    open_own_pages(page, site, email)
    reference = ask_for_it_back(page, "1,200")
    gift_page = page.url

    office = desk(fay)
    grant(office, site, reference)
    expect(office.locator(".messagelist")).to_contain_text("Granted. The refund waits for a second person")
    office.goto(site.page("/staff/donations/donation/"))
    picture(office, "exports")
    second = desk(abe)
    look_at_refund(second, site, reference)
    picture(second, "refund", but=[reference])
    second.get_by_role("button", name="Approve").click()

    for about in ("Your gift is given back", "Your money is on its way back", "Your new receipt"):
        expect(mail_to(page, site, email, about)).to_be_visible()
    page.goto(gift_page)
    expect(page.locator(".detail-list").first).to_contain_text("€1,200.00: given back on")
    check(page, site, text)
    expect(page.get_by_role("heading", name="This receipt was replaced")).to_be_visible()
    renewed = kept_receipt(page, site, email)
    assert NUMBER.search(renewed)[0] != NUMBER.search(text)[0]
    for said in ("Replaces number", NUMBER.search(text)[0], "€1,500.00", "€1,200.00", "€300.00"):
        assert said in renewed
    check(page, site, renewed)
    expect(page.get_by_role("heading", name="This receipt is valid")).to_be_visible()
    expect(page.locator(".detail-list")).to_contain_text("€300.00")


def test_ada_refunds_a_part_and_cannot_approve_what_she_asked_for(site, visitor, desk, ada, abe):
    page = visitor()
    email = address("dora.part")
    give(page, site, email, amount="2000", currency="USD")
    office = desk(ada)
    office.goto(site.page("/staff/donations/donation/"))
    office.locator("#searchbar").fill(email)
    office.keyboard.press("Enter")
    office.locator("#result_list tbody th a").click()
    reference = office.locator("#content > h2").inner_text()

    office.get_by_role("link", name="Refund…").click()
    office.get_by_label("Amount").fill("1,100.50")
    office.get_by_label("Reason for Stripe").select_option("requested_by_customer")
    office.get_by_label("Why").fill("Typed one zero too many")
    office.get_by_role("button", name="Continue").click()
    expect(office.locator(".act-facts").last).to_contain_text("US$1,100.50")
    expect(office.locator(".act-facts").last).to_contain_text("It waits for a second person.")
    office.get_by_role("button", name="Refund").click()
    expect(office.locator(".messagelist")).to_contain_text("The refund waits for a second person.")
    approve(office, site, reference)

    expect(office.locator(".errorlist")).to_have_text("You asked for this refund: another person has to decide.")
    approve(desk(abe), site, reference)
    mail = mail_to(page, site, email, "Your money is on its way back")
    expect(mail).to_contain_text("a part of your gift")
    expect(mail).to_contain_text("US$1,100.50")


def test_mallory_sees_nothing_of_dora_s_by_her_spent_link_or_by_guessing(site, visitor, browser):
    page = visitor()
    email = address("dora.guarded")
    give(page, site, email, amount="60", name="Dora Duarte")
    link = open_own_pages(page, site, email)
    open_newest_gift(page)
    own = page.url
    pdf = page.locator(".detail-list a[href*='/pdf/']").get_attribute("href")
    context = browser.new_context(locale="en-GB")
    mallory = context.new_page()

    mallory.goto(link)
    expect(mallory.get_by_role("heading", level=1)).to_have_text("This link does not work any more")
    for path in (
        own,
        f"{own}refund/",
        pdf,
        *(f"/en/giving/{part}/" for part in ("home", "privacy", "statements/2026")),
    ):
        answer = mallory.goto(path if path.startswith(own) else site.page(path))
        assert answer.status == 403
        expect(mallory.get_by_role("heading", level=1)).to_have_text("Your visit is over")
        assert [secret for secret in (email, "Dora", "60.00") if secret in mallory.content()] == []
    assert "giving" not in {cookie["name"] for cookie in context.cookies()}
    context.close()

    page.locator("form.leave button").click()
    expect(page).to_have_url(re.compile("/giving/leave/"))
    assert page.request.get(own).status == 403
