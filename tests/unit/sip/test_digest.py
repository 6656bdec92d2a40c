"""The registrar of the self-test, checked with the example of RFC 2617."""

from __future__ import annotations

from sip.digest import REALM, Registrar, digest_parameters, expected_response


def register(*lines: str) -> str:
    head = ["REGISTER sip:h SIP/2.0", "Via: SIP/2.0/UDP h;branch=1", "From: <sip:u@h>;tag=1", "To: <sip:u@h>"]
    return "\r\n".join([*head, "Call-ID: c", "CSeq: 1 REGISTER", "Contact: <sip:u@c>", *lines, "", ""])


def test_the_example_of_rfc_2617() -> None:
    given = digest_parameters(
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", '
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert expected_response(given, method="GET", password="Circle Of Life") == given["response"]
    assert expected_response(given, method="GET", password="circle of life") != given["response"]


def test_without_an_answer_it_challenges() -> None:
    registrar = Registrar("u", "p")
    reply = registrar.reply(register())
    assert reply is not None
    assert reply.startswith("SIP/2.0 401")
    assert f'realm="{REALM}"' in reply
    assert registrar.challenges == 1


def test_a_wrong_answer_is_forbidden_and_a_right_one_accepted() -> None:
    registrar = Registrar("u", "p")
    challenge = registrar.reply(register()) or ""
    nonce = challenge.split('nonce="')[1].split('"')[0]
    given = {"username": "u", "realm": REALM, "nonce": nonce, "uri": "sip:h"}
    for password, status in (("wrong", "403"), ("p", "200")):
        response = expected_response(given, method="REGISTER", password=password)
        answer = ", ".join(f'{key}="{value}"' for key, value in {**given, "response": response}.items())
        reply = registrar.reply(register(f"Authorization: Digest {answer}"))
        assert reply is not None
        assert reply.startswith(f"SIP/2.0 {status}")
    assert registrar.accepted == 1


def test_another_scheme_is_no_digest() -> None:
    assert digest_parameters("Basic abc") == {}


def test_acks_get_no_reply() -> None:
    assert Registrar("u", "p").reply("ACK sip:h SIP/2.0\r\n\r\n") is None
