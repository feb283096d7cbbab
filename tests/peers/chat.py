"""Two published WebSocket clients talk in a room: websockets for Python here, ws for Node in `chat.mjs`. usage: chat.py

One is cut off and resumes without loss or repetition. Every frame that comes is judged by the schema of its type in the
AsyncAPI document, and so is every frame that is sent.
"""
import json
import os
import pathlib
import subprocess
import urllib.request

import jsonschema
from websockets.sync.client import connect

from common import URL, call, must, sign_in

HERE = pathlib.Path(__file__).resolve().parent
WS = URL.replace("http://", "ws://") + "/chat/ws"
DOCUMENT = json.load(urllib.request.urlopen(os.environ["ALVEOLE_URL"] + "/asyncapi.json", timeout=20))


def judge(action, text):
    frame = json.loads(text)
    message = DOCUMENT["components"]["messages"][f"chat.{action}.{frame['type']}"]
    jsonschema.validate(frame, message["payload"], jsonschema.Draft202012Validator)
    return frame


class Client:
    def __init__(self, token):
        self.socket = connect(WS, additional_headers={"Authorization": f"Bearer {token}"}, legacy=True)

    def send(self, frame):
        text = json.dumps(frame)
        judge("receive", text)
        self.socket.send(text)

    def next(self, *kinds):
        while True:
            frame = judge("send", self.socket.recv(timeout=20))
            if frame["type"] in kinds:
                return frame

    def cut(self):
        self.socket.socket.close()


def main():
    ada = sign_in()
    body = {"username": "bob", "email": "bob@example.com", "password": "a boat on the quiet river"}
    must(201, call("POST", "/auth/register", body), "an account")
    answer = must(200, call("POST", "/auth/login", {"email": body["email"], "password": body["password"]}), "sign-in")
    bob = answer["data"]["access_token"]
    must(201, call("POST", "/chat/rooms", {"name": "peers"}, ada), "a room")
    hers, his = Client(ada), Client(bob)
    hers.send({"type": "join", "room": "peers", "id": "j"})
    hers.next("joined")
    his.send({"type": "join", "room": "peers", "id": "j"})
    joined = his.next("joined")["data"]
    said = []
    for number in range(5):
        hers.send({"type": "message", "room": "peers", "content": f"before {number}", "id": f"b-{number}"})
        said.append(hers.next("message")["data"]["seq"])
    heard = [his.next("message")["data"]["seq"] for _ in said]
    if heard != said:
        raise SystemExit(f"{heard} was heard of {said}")
    his.cut()
    for number in range(10):
        hers.send({"type": "message", "room": "peers", "content": f"missed {number}", "id": f"m-{number}"})
        said.append(hers.next("message")["data"]["seq"])
    # Another library, and other credentials: the sub-protocol `bearer`, as browsers send it.
    place = {"epoch": joined["epoch"], "seq": heard[-1]}
    node = subprocess.run(["node", str(HERE / "chat.mjs"), WS, bob, json.dumps(place), "10"], check=True,
                          capture_output=True, text=True, timeout=60)
    resumed = json.loads(node.stdout)
    if resumed["missed"] != said[5:] or resumed["protocol"] != "bearer":
        raise SystemExit(f"{resumed} is not {said[5:]}")
    for frame, code in [("{", "chat.malformed"), ('{"type":"dance"}', "chat.type_unknown")]:
        hers.socket.send(frame)
        error = hers.next("error")["data"]
        if error["code"] != code:
            raise SystemExit(f"{frame}: {error}")
    print(f"chat: websockets and ws heard {len(said)} messages, the last ten after a cut; every frame is as documented")


main()
