"""What is repeated, with which key and after which wait: the answers are made here, so there is no server."""

from __future__ import annotations

import time
import unittest
from unittest import mock

import alveole_client as alveole
import httpx
from alveole_client import Client

TASK = {"success": True, "data": {"id": 1, "title": "Report"}}


class Answers:
    """Gives these answers in turn and keeps the requests."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, headers = self.answers.pop(0)
        body = TASK if status < 300 else {"status": status, "code": "server.overloaded", "detail": "Busy."}
        return httpx.Response(status, json=body, headers=headers)


class RetryTest(unittest.TestCase):
    def setUp(self) -> None:
        patch = mock.patch.object(time, "sleep")
        self.sleep = patch.start()
        self.addCleanup(patch.stop)

    def client(self, answers: Answers) -> Client:
        http = httpx.Client(transport=httpx.MockTransport(answers))
        self.addCleanup(http.close)
        return Client("http://test", token="t", http=http)

    def waits(self) -> list[float]:
        return [call.args[0] for call in self.sleep.call_args_list]

    def test_a_keyed_request_is_repeated_with_its_key_after_the_wait_that_is_asked_for(self) -> None:
        answers = Answers((503, {"Retry-After": "2"}), (429, {"Retry-After": "7"}), (503, {}), (201, {}))
        self.client(answers).tasks_create({"title": "Report"})
        keys = {request.headers["idempotency-key"] for request in answers.requests}
        self.assertEqual((len(answers.requests), len(keys)), (4, 1))
        self.assertEqual(self.waits()[:2], [2.0, 7.0])
        self.assertTrue(0 < self.waits()[2] < 2)

    def test_a_change_without_a_key_is_repeated_after_429_only(self) -> None:
        answers = Answers((429, {"Retry-After": "1"}), (200, {}))
        self.client(answers).tasks_patch(1, {"title": "Report"})
        self.assertEqual(self.waits(), [1.0])
        answers = Answers((503, {"Retry-After": "1"}))
        with self.assertRaises(alveole.ServerError) as busy:
            self.client(answers).tasks_patch(1, {"title": "Report"})
        self.assertEqual((busy.exception.code, busy.exception.retry_after), ("server.overloaded", 1.0))

    def test_retries_end_and_long_waits_are_left_to_the_caller(self) -> None:
        answers = Answers(*[(503, {})] * 5)
        with self.assertRaises(alveole.ServerError):
            self.client(answers).tasks_read(1)
        self.assertEqual(answers.answers, [])
        with self.assertRaises(alveole.TooManyRequests) as limited:
            self.client(Answers((429, {"Retry-After": "3600"}))).tasks_read(1)
        self.assertEqual(limited.exception.retry_after, 3600.0)


if __name__ == "__main__":
    unittest.main()
