#!/usr/bin/env python3
"""Ask one question under a permit, with Python's standard library and the openssl command alone.

ask.py key                 makes $KEY when it is not there, and prints its public part for the application form
ask.py ask < query.json    previews, signs and asks; prints the answer
Environment: HUB (https://hub...), TOKEN (personal access token with scopes read and query), KEY (PEM file), PERMIT, SILO, DATASET.
"""
import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(value):
    """RFC 8785 of what is signed here: texts, booleans and integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def jwk(key):
    point = openssl("ec", "-in", key, "-pubout", "-outform", "DER")[-64:]
    return {"crv": "P-256", "kty": "EC", "x": base64url(point[:32]), "y": base64url(point[32:])}


def sign(key, message):
    """ECDSA P-256 with SHA-256 as r||s with a low s."""
    der = openssl("dgst", "-sha256", "-sign", key, data=message)
    at, numbers = 2, []
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2 : at + 2 + length], "big"))
        at += 2 + length
    r, s = numbers
    return base64url(r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big"))


def call(route, body=None):
    request = urllib.request.Request(os.environ["HUB"] + route, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + os.environ["TOKEN"])
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        sys.exit(refused.read().decode())


def ask(query):
    key, permit, silo, dataset = (os.environ[name] for name in ("KEY", "PERMIT", "SILO", "DATASET"))
    document = json.loads(call("/permits/" + permit))["permit"]
    # What is signed is the hash of the query's canonical text, which the preview shows: read it.
    text = json.loads(call("/queries/preview", {"silo": silo, "dataset": dataset, "query": query}))["canonical"]
    print("asking:", text, file=sys.stderr)
    body = {
        "type": "query", "version": 1, "chainId": document["chainId"], "contract": document["contract"], "nonce": base64url(secrets.token_bytes(16)),
        "permit": permit, "silo": silo, "dataset": dataset, "queryHash": base64url(hashlib.sha256(text.encode()).digest()), "output": "statistics", "fresh": False,
    }
    return call("/queries", {"signed": {"body": body, "key": jwk(key), "signature": sign(key, canonical(body))}, "query": query})


if sys.argv[1:] == ["key"]:
    if not os.path.exists(os.environ["KEY"]):
        os.umask(0o077)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", os.environ["KEY"])
    print(json.dumps(jwk(os.environ["KEY"]), separators=(",", ":")))
elif sys.argv[1:] == ["ask"]:
    print(ask(json.load(sys.stdin)))
else:
    sys.exit(__doc__)
