"""A name server on 127.0.0.1, port 53, that knows every name as 127.0.0.1; while the file SILENT is
there it only adds a line to that for each question.

    name_server.py SILENT
"""
import os
import socket
import struct
import sys

TYPE_A = 1


def answer(query):
    """The reply to QUERY, which has one question without compressed names."""
    end = 12
    while query[end]:
        end += query[end] + 1
    end += 5
    is_a = struct.unpack("!H", query[end - 4:end - 2])[0] == TYPE_A
    header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, is_a, 0, 0)
    record = struct.pack("!HHHIH4B", 0xC00C, TYPE_A, 1, 0, 4, 127, 0, 0, 1) if is_a else b""
    return header + query[12:end] + record


def main(silent):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    print("ready", flush=True)
    while True:
        query, client = server.recvfrom(4096)
        if os.path.exists(silent):
            with open(silent, "a", encoding="ascii") as asked:
                print("asked", file=asked)
        else:
            server.sendto(answer(query), client)


main(sys.argv[1])
