"""A mail server that keeps each mail as a line of JSON; ends with its standard input."""
import asyncio
import email
import email.policy
import json
import sys
import threading

from aiosmtpd.smtp import SMTP


class Keep:
    def __init__(self, path):
        self.path = path

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        plain = message.get_body(("plain",))
        mail = {
            "to": envelope.rcpt_tos,
            "subject": str(message["Subject"]),
            "id": str(message["Message-ID"]),
            "text": plain.get_content() if plain else "",
        }
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(mail) + "\n")
        return "250 kept"


async def main(path):
    loop = asyncio.get_running_loop()
    keep = Keep(path)
    server = await loop.create_server(lambda: SMTP(keep, hostname="mail.test"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()

    def wait():
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    await ended.wait()


asyncio.run(main(sys.argv[1]))
