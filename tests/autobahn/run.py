"""Plays the cases of Autobahn's test suite (framing, pings, reserved bits, opcodes, fragments, UTF-8, closes) against an
echo server, and fails when it does worse than the echo server of the Python library `websockets`.

The suite is written in Python 2. Its cases are converted by lib2to3, which Python has up to 3.12; texts are bytes there,
so here they are Latin-1 up to where they leave and enter.

usage: run.py FOLDER URL    (FOLDER has the unpacked package `autobahntestsuite`)
"""

import collections
import pathlib
import re
import sys
import warnings

warnings.simplefilter("ignore")

import binascii

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol, connectWS
from autobahn.websocket import utf8validator
from lib2to3 import refactor
from twisted.internet import reactor

# What may go wrong in 247 cases, and how often; everything else fails.
LEAST = {"OK": 229}
MOST = {"NON-STRICT": 14, "INFORMATIONAL": 3, "WRONG CODE": 1}

GROUPS = re.compile(r"case(?:[1-7]_.*|10_.*)\.py|case\.py")
FIXERS = ["fix_print", "fix_xrange", "fix_unicode", "fix_except", "fix_dict", "fix_has_key", "fix_repr"]


def latin(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def convert(source, target):
    """Converts the cases in `source` into modules in `target`."""
    tool = refactor.RefactoringTool([f"lib2to3.fixes.{name}" for name in FIXERS])
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        if not GROUPS.fullmatch(path.name):
            continue
        text = path.read_bytes().decode("latin-1").replace("\r\n", "\n").replace("# coding=utf-8", "")
        text = str(tool.refactor_string(text.rstrip() + "\n", path.name))
        text = re.sub(r"\(object, Case,? ?\)", "(Case, )", text)
        text = text.replace("len(self.payload) / self.p", "len(self.payload) // self.p")
        (target / path.name).write_bytes(("# -*- coding: latin-1 -*-\n" + text).encode("latin-1"))


def cases(folder):
    """The classes of the cases, in order."""
    validate, hexed = utf8validator.Utf8Validator.validate, binascii.b2a_hex

    class Validator(utf8validator.Utf8Validator):
        def validate(self, text):
            return validate(self, latin(text))

    utf8validator.Utf8Validator = Validator
    binascii.b2a_hex = lambda text: hexed(latin(text)).decode()
    sys.path.insert(0, str(folder))
    import case

    # Pickles of equal values differ by which of their parts are one object.
    case.Case.compare = lambda self, one, other: one == other
    found = {}
    for path in folder.glob("case*_*.py"):
        module = __import__(path.stem)
        values = list(vars(module).values())
        values += [one for value in values if isinstance(value, list) for one in value]
        for value in values:
            if isinstance(value, type) and re.fullmatch(r"Case[\d_]+", value.__name__):
                found[value.__name__] = value
    binascii.b2a_hex = hexed
    return [found[name] for name in sorted(found, key=lambda name: [int(n) for n in name[4:].split("_")])]


class Protocol(WebSocketClientProtocol):
    """What the cases expect of a connection."""

    def connectionMade(self):
        self.connectionWasOpen = False
        self.txFrameStats = collections.Counter()
        super().connectionMade()
        self.logFrames = True
        self.run = self.factory.case(self)

    def onOpen(self):
        self.connectionWasOpen = True
        self.run.onOpen()

    def onMessage(self, payload, isBinary):
        self.run.onMessage(payload.decode("latin-1"), isBinary)

    def onPing(self, payload):
        self.run.onPing(payload.decode("latin-1"))
        super().onPing(payload)

    def onPong(self, payload):
        self.run.onPong(payload.decode("latin-1"))

    def onClose(self, wasClean, code, reason):
        self.run.onClose(wasClean, code, reason)

    def connectionLost(self, reason):
        super().connectionLost(reason)
        self.run.onConnectionLost(self.failedByMe)
        self.factory.ended(self.run)

    def logRxFrame(self, header, payload):
        pass

    def logTxFrame(self, header, payload, *rest):
        self.txFrameStats[header.opcode] += 1

    def sendFrame(self, opcode, payload=b"", **more):
        super().sendFrame(opcode, latin(payload), **more)

    def sendMessage(self, payload, isBinary=False, **more):
        super().sendMessage(latin(payload), isBinary, **more)

    def sendMessageFrameData(self, payload, sync=False):
        return super().sendMessageFrameData(latin(payload), sync)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, latin(reasonUtf8), isReply)

    def enableWirelog(self, enable):
        pass

    def later(self, delay, function):
        reactor.callLater(delay, lambda: self.state != self.STATE_CLOSED and function())

    def continueLater(self, delay, function, tag=None):
        self.later(delay, function)

    def killAfter(self, delay):
        self.later(delay, lambda: self._fail_connection(1000, "out of time"))

    def closeAfter(self, delay):
        self.later(delay, self.sendClose)


def play(url, todo):
    """Plays cases one after another; returns what became of each."""
    results = {}
    todo = iter(todo)

    def following():
        case = next(todo, None)
        if case is None:
            reactor.stop()
            return
        factory = WebSocketClientFactory(url)
        factory.protocol = Protocol
        factory.setProtocolOptions(failByDrop=False, utf8validateIncoming=False, version=13)
        factory.case = case

        def ended(run):
            results[case.__name__] = (run.behavior, run.behaviorClose, run.result, run.resultClose)
            reactor.callLater(0, following)

        factory.ended = ended
        connectWS(factory)

    reactor.callWhenRunning(following)
    reactor.run()
    return results


def main():
    folder, url = pathlib.Path(sys.argv[1]), sys.argv[2]
    convert(folder / "autobahntestsuite" / "case", folder / "converted")
    results = play(url, cases(folder / "converted"))
    counts = collections.Counter()
    for name, (behavior, closing, result, result_of_close) in results.items():
        # As the suite's own reports count: the worse of both.
        outcome = behavior if behavior != "OK" or closing in ("OK", "INFORMATIONAL") else closing
        counts[outcome] += 1
        if outcome != "OK":
            print(f"{name[4:].replace('_', '.'):8} {outcome}: {result} {result_of_close}")
    print(f"autobahn: {len(results)} cases: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    worse = len(results) != 247 or any(counts[name] < least for name, least in LEAST.items())
    worse |= any(count > MOST.get(name, 0) for name, count in counts.items() if name not in LEAST)
    sys.exit("autobahn: FAILED" if worse else 0)


main()
