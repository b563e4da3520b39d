"""Speaks to charon over its vici socket: commands with nested sections, lists and values, and their answers."""
import socket
import struct

SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = 1, 2, 3, 4, 5, 6
COMMAND, ANSWER, REGISTER, UNREGISTER, CONFIRMED, EVENT = 0, 1, 3, 4, 5, 7


def _name(text):
    raw = text.encode()
    return bytes([len(raw)]) + raw


def _value(value):
    raw = str(value).encode()
    return struct.pack(">H", len(raw)) + raw


def encode(section):
    out = b""
    for key, value in section.items():
        if isinstance(value, dict):
            out += bytes([SECTION_START]) + _name(key) + encode(value) + bytes([SECTION_END])
        elif isinstance(value, list):
            items = b"".join(bytes([LIST_ITEM]) + _value(item) for item in value)
            out += bytes([LIST_START]) + _name(key) + items + bytes([LIST_END])
        else:
            out += bytes([KEY_VALUE]) + _name(key) + _value(value)
    return out


class _Reader:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, n):
        piece = self.raw[self.at:self.at + n]
        self.at += n
        return piece

    def byte(self):
        return self.take(1)[0]

    def name(self):
        return self.take(self.byte()).decode()

    def value(self):
        return self.take(struct.unpack(">H", self.take(2))[0]).decode(errors="replace")


def decode(raw):
    reader, stack, items = _Reader(raw), [{}], None
    while reader.at < len(raw):
        kind = reader.byte()
        if kind == SECTION_START:
            child = stack[-1].setdefault(reader.name(), {})
            stack.append(child)
        elif kind == SECTION_END:
            stack.pop()
        elif kind == KEY_VALUE:
            key = reader.name()
            stack[-1][key] = reader.value()
        elif kind == LIST_START:
            items = stack[-1][reader.name()] = []
        elif kind == LIST_ITEM:
            items.append(reader.value())
    return stack[0]


class Charon:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)

    def _receive(self, n):
        raw = b""
        while len(raw) < n:
            piece = self.socket.recv(n - len(raw))
            if not piece:
                raise EOFError("charon has closed the connection")
            raw += piece
        return raw

    def _send(self, kind, name, arguments=b""):
        packet = bytes([kind]) + _name(name) + arguments
        self.socket.sendall(struct.pack(">I", len(packet)) + packet)

    def _packet(self):
        return self._receive(struct.unpack(">I", self._receive(4))[0])

    def stream(self, command, event):
        """The events that this command raises before its answer."""
        self._send(REGISTER, event)
        if self._packet()[0] != CONFIRMED:
            raise RuntimeError(f"no event {event}")
        self._send(COMMAND, command)
        packet = self._packet()
        while packet[0] == EVENT:
            yield decode(packet[2 + packet[1]:])
            packet = self._packet()
        self._send(UNREGISTER, event)
        self._packet()

    def ask(self, command, **arguments):
        """The answer; RuntimeError when charon says that it did not succeed."""
        self._send(COMMAND, command, encode(arguments))
        answer = self._packet()
        if answer[0] != ANSWER:
            raise RuntimeError(f"{command}: answer of kind {answer[0]}")
        section = decode(answer[1:])
        if section.get("success", "yes") != "yes":
            raise RuntimeError(f"{command}: {section.get('errmsg', section)}")
        return section
