"""Passkeys of devices in software (soft-webauthn), and the browser around them.

Reads a line of JSON for each question and answers with one; ends with its standard input.
{"device": 1, "options": {…}, "origin": "http://localhost:8300", "rewind": 0}
"""
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.utils import sha256
from soft_webauthn import SoftWebauthnDevice

UNLOCKED = 0x04


def unlocked(data):
    """The device asked for finger, face or PIN: soft-webauthn says only that somebody is there."""
    return data[:32] + bytes([data[32] | UNLOCKED]) + data[33:]


class Device(SoftWebauthnDevice):
    def create(self, options, origin):
        made = super().create(options, origin)
        said = cbor.decode(made["response"]["attestationObject"])
        said["authData"] = unlocked(said["authData"])
        made["response"]["attestationObject"] = cbor.encode(said)
        return made

    def get(self, options, origin):
        given = super().get(options, origin)
        response = given["response"]
        data = unlocked(response["authenticatorData"])
        signed = data + sha256(response["clientDataJSON"])
        response["authenticatorData"] = data
        response["signature"] = self.private_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return given


def to_bytes(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_text(value):
    return urlsafe_b64encode(value).decode().rstrip("=") if isinstance(value, bytes) else value


def asked(options):
    wanted = options["publicKey"]
    wanted["challenge"] = to_bytes(wanted["challenge"])
    if "user" in wanted:
        wanted["user"]["id"] = to_bytes(wanted["user"]["id"])
    return options


devices = {}
for line in sys.stdin:
    question = json.loads(line)
    options = asked(question["options"])
    device = devices.setdefault(question["device"], Device())
    # A copy of the device that was made some uses ago.
    device.sign_count -= question.get("rewind", 0)
    act = device.create if "user" in options["publicKey"] else device.get
    answer = act(options, question["origin"])
    response = {name: to_text(value) for name, value in answer["response"].items()}
    raw = to_text(answer["rawId"])
    print(json.dumps({"id": raw, "rawId": raw, "type": "public-key", "response": response}), flush=True)
