"""The client against a running server, which ALVEOLE_URL names; `make test-clients` starts one."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tempfile
import threading
import time
import unittest
import uuid
import zlib
from pathlib import Path

import alveole_client as alveole
from alveole_client import Client, FilePart, models

from proxy import Proxy

URL = os.environ["ALVEOLE_URL"]
# The server's tokens live 1 s (auth.access_ttl_seconds), and it allows clocks to differ by 5 s.
EXPIRY_SECONDS = 6.2
PASSWORD = "a quiet walk at noon"


def picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG with a colour gradient."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 4 % 256, y * 5 % 256, 128)) for x in range(width)) for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        self.proxy = Proxy(URL)
        self.addCleanup(self.proxy.close)
        self.name = "p" + uuid.uuid4().hex[:12]
        self.pairs: list[models.Tokens | None] = []
        self.client = self.connect(URL)
        self.client.auth_register({"username": self.name, "email": f"{self.name}@example.com", "password": PASSWORD})
        self.client.login(PASSWORD, email=f"{self.name}@example.com")

    def connect(self, url: str) -> Client:
        client = Client(url, on_tokens=self.pairs.append)
        self.addCleanup(client.close)
        return client

    def through_proxy(self) -> Client:
        client = self.connect(self.proxy.url)
        client.login(PASSWORD, username=self.name)
        return client

    def test_registering_and_signing_in(self) -> None:
        me = self.client.auth_me()
        self.assertEqual(me.data["username"], self.name)
        with self.assertRaises(alveole.NotModified):
            self.client.auth_me(if_none_match=me.etag)
        with self.assertRaises(alveole.Conflict) as taken:
            self.client.auth_register({"username": self.name, "email": "other@example.com", "password": PASSWORD})
        self.assertEqual(taken.exception.code, "users.username_taken")
        self.assertEqual([one["field"] for one in taken.exception.errors], ["/username"])
        with self.assertRaises(alveole.Unauthorized):
            self.connect(URL).login("a wrong password", username=self.name)
        self.client.logout()
        self.assertIsNone(self.client.tokens)
        with self.assertRaises(alveole.Unauthorized):
            self.client.auth_me()

    def test_wrong_fields_are_named(self) -> None:
        with self.assertRaises(alveole.BadRequest) as refused:
            self.client.tasks_create({"title": ""})
        self.assertEqual(refused.exception.errors[0]["field"], "/title")
        self.assertTrue(refused.exception.request_id)
        with self.assertRaises(alveole.NotFound):
            self.client.tasks_read(2**40)
        with self.assertRaises(alveole.Forbidden) as refused_permission:
            self.client.admin_users_list()
        self.assertTrue(refused_permission.exception.permission)

    def test_lists_are_read_page_after_page(self) -> None:
        for number in range(7):
            self.client.tasks_create({"title": f"Task {number}", "priority": "high"})
        page = self.client.tasks_list(limit=3, sort="id")
        self.assertEqual([one["title"] for one in page.data], ["Task 0", "Task 1", "Task 2"])
        self.assertIsNone(page.next_cursor)
        titles = [one["title"] for one in self.client.tasks_list_all(limit=3, sort="id")]
        self.assertEqual(titles, [f"Task {number}" for number in range(7)])
        self.assertEqual(list(self.client.tasks_list_all(priority="low")), [])

    def test_a_stale_update_fails_with_the_present_state(self) -> None:
        task = self.client.tasks_create({"title": "Report"})
        self.client.tasks_patch(task.data["id"], {"status": "in_progress"}, if_match=task.etag)
        with self.assertRaises(alveole.PreconditionFailed) as stale:
            self.client.tasks_patch(task.data["id"], {"status": "completed"}, if_match=task.etag)
        self.assertEqual(stale.exception.code, "tasks.stale")
        self.assertEqual(stale.exception.current["status"], "in_progress")
        again = f'"{stale.exception.current["version"]}"'
        self.client.tasks_patch(task.data["id"], {"status": "completed", "due_date": None}, if_match=again)

    def test_an_expired_token_is_refreshed_once_for_all_threads(self) -> None:
        self.client.tasks_create({"title": "Before"})
        listener = self.through_proxy()
        stream = listener.tasks_events()
        time.sleep(EXPIRY_SECONDS)
        self.pairs.clear()
        seen: list[int] = []
        threads = [threading.Thread(target=lambda: seen.append(len(self.client.tasks_list().data))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, [1] * 8)
        self.assertEqual(len(self.pairs), 1)
        self.proxy.cut()
        self.client.tasks_create({"title": "After"})
        self.assertEqual(next(stream).data["data"]["title"], "After")
        stream.close()
        self.assertEqual(list(stream), [])
        self.assertEqual(len(self.pairs), 2, "the stream refreshed its own session")

    def test_a_session_that_has_ended_is_forgotten(self) -> None:
        other = self.through_proxy()
        self.client.auth_logout_all()
        time.sleep(EXPIRY_SECONDS)
        with self.assertRaises(alveole.Unauthorized):
            other.auth_me()
        self.assertIsNone(other.tokens)

    def test_a_personal_access_token_needs_no_session(self) -> None:
        made = self.client.auth_tokens_create({"name": "script", "scopes": ["tasks:read"]})
        with Client(URL, token=made.data["token"]) as script:
            self.assertEqual(script.tasks_list().data, [])
            with self.assertRaises(alveole.Forbidden):
                script.tasks_create({"title": "No"})

    def test_a_request_whose_answer_is_lost_has_one_effect(self) -> None:
        client = self.through_proxy()
        self.proxy.lose_answers = 2
        task = client.tasks_create({"title": "Once"})
        self.assertTrue(task.replayed)
        self.assertEqual(len(self.client.tasks_list().data), 1)
        mine = self.client.tasks_create({"title": "Twice"}, idempotency_key=f"key-{self.name}")
        same = self.client.tasks_create({"title": "Twice"}, idempotency_key=f"key-{self.name}")
        self.assertEqual((mine.data["id"], same.replayed), (same.data["id"], True))

    def test_a_request_that_may_not_be_repeated_fails(self) -> None:
        client = self.through_proxy()
        task = client.tasks_create({"title": "Once"})
        self.proxy.lose_answers = 1
        with self.assertRaises(alveole.NetworkError):
            client.tasks_patch(task.data["id"], {"title": "Other"}, if_match=task.etag)

    def test_a_stream_that_is_cut_loses_and_repeats_nothing(self) -> None:
        client = self.through_proxy()
        with client.tasks_events() as stream:
            # before the first event, and between events
            self.proxy.cut()
            first = self.client.tasks_create({"title": "One"}).data["id"]
            event = next(stream)
            self.assertEqual((event.name, event.data["data"]["id"]), ("task.created.v1", first))
            # a character that `splitlines` would break at
            self.client.tasks_create({"title": "Two\u2028lines"})
            self.assertEqual(next(stream).data["data"]["title"], "Two\u2028lines")
            self.proxy.cut()
            for number in range(3):
                self.client.tasks_create({"title": f"While away {number}"})
            titles = [next(stream).data["data"]["title"] for _ in range(3)]
            self.assertEqual(titles, [f"While away {number}" for number in range(3)])
            resumed = stream.last_id
        self.client.tasks_create({"title": "Later"})
        with self.client.tasks_events(last_event_id=resumed) as stream:
            self.assertEqual(next(stream).data["data"]["title"], "Later")

    def test_an_upload_that_is_cut_goes_on_where_it_was(self) -> None:
        client = self.through_proxy()
        content = b"".join(b"line %07d\n" % number for number in range(400_000))
        self.proxy.cut_upload_after = 2_000_000
        offsets: list[int] = []
        file = client.upload(
            content, "lines.txt", media_type="text/plain", type="document", on_progress=lambda at, _: offsets.append(at)
        )
        self.assertIsNone(self.proxy.cut_upload_after, "it was cut")
        self.assertTrue(any(0 < offset < len(content) for offset in offsets), offsets)
        self.assertEqual(file.data["sha256"], hashlib.sha256(content).hexdigest())
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "lines.txt"
            client.save_file(file.data["id"], target)
            self.assertEqual(target.read_bytes(), content)

    def test_an_upload_is_resumed_by_its_id(self) -> None:
        content = b"x" * 100_000
        started = self.client.start_upload("x.txt", len(content), type="document").data
        self.client.files_uploads_append(started["id"], content[:40_000], upload_offset=0)
        with self.connect(URL) as later:
            later.login(PASSWORD, username=self.name)
            file = later.resume_upload(started["id"], io.BytesIO(content))
        self.assertEqual(file.data["size"], len(content))

    def test_a_photograph_goes_up_and_comes_down(self) -> None:
        photo = self.client.files_upload(
            {"file": FilePart("photo.png", io.BytesIO(picture()), "image/png"), "type": "image"}
        )
        self.assertEqual((photo.data["width"], photo.data["height"]), (64, 48))
        content = self.client.files_download(photo.data["id"])
        self.assertEqual(content.data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(content.etag, '"%s"' % hashlib.sha256(content.data).hexdigest())
        self.client.users_avatar_replace({"file": FilePart("me.png", picture(), "image/png")})
        with self.assertRaises(alveole.UnsupportedMediaType):
            self.client.files_upload({"file": FilePart("x.bin", b"\0\1\2\3"), "type": "image"})

    def test_a_pdf_is_made(self) -> None:
        report = self.client.files_generate_pdf(
            {"template": "report", "data": {"title": "Third quarter", "sections": [{"heading": "Sales"}]}}
        )
        self.assertEqual(report.data["mime_type"], "application/pdf")
        self.assertEqual(self.client.files_download(report.data["id"]).data[:5], b"%PDF-")

    def test_text_comes_as_it_is(self) -> None:
        self.client.tasks_create({"title": "Exported"})
        self.assertIn(b"Exported", self.client.tasks_export(format="csv").data)
        self.assertEqual(self.client.health().data["status"], "ok")


if __name__ == "__main__":
    unittest.main()
