import pytest

from donations.signatures import SignatureError, sign, verify

NOW = 1_790_000_000
BODY = b'{"id": "evt_1"}'


def header(body=BODY, secret="whsec_new", moment=NOW):
    return f"t={moment},v1={sign(body, secret, moment)}"


def test_a_signed_body_is_taken():
    verify(BODY, header(), ["whsec_new"], now=NOW)


def test_the_signature_is_stripes():
    # from `stripe trigger` style material: the library's own signer says the same
    from stripe import WebhookSignature  # noqa: PLC0415  the judge, not ours

    assert WebhookSignature._compute_signature(f"{NOW}.{BODY.decode()}", "whsec_new") == sign(BODY, "whsec_new", NOW)


def test_either_secret_is_taken_while_they_roll():
    verify(BODY, header(secret="whsec_old"), ["whsec_new", "whsec_old"], now=NOW)


def test_one_of_several_signatures_is_enough():
    verify(BODY, f"t={NOW},v1=00ff,v0=zz,v1={sign(BODY, 'whsec_new', NOW)}", ["whsec_new"], now=NOW)


@pytest.mark.parametrize("moment", [NOW - 300, NOW + 300])
def test_five_minutes_off_is_taken(moment):
    verify(BODY, header(moment=moment), ["whsec_new"], now=NOW)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "t=,v1=",
        "nonsense",
        f"t={NOW}",
        f"v1={sign(BODY, 'whsec_new', NOW)}",
        f"t=-{NOW},v1=00",
        f"t=١٢٣,v1={sign(BODY, 'whsec_new', NOW)}",
        f"t={'9' * 400},v1=00",
        f"t={NOW},v1=é\udcff",
        f"t={NOW},v0={sign(BODY, 'whsec_new', NOW)}",
        header(body=BODY + b" "),
        header(secret="whsec_other"),
        header(moment=NOW - 301),
        header(moment=NOW + 301),
        header() + "," + "v1=00," * 1000,
    ],
)
def test_anything_else_is_refused(bad):
    with pytest.raises(SignatureError):
        verify(BODY, bad, ["whsec_new"], now=NOW)


def test_without_a_secret_nothing_is_taken():
    with pytest.raises(SignatureError):
        verify(BODY, header(secret=""), [], now=NOW)
