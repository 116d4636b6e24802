"""capture.py PORT...: what goes over the loopback from and to these TCP ports, packet by packet.

The word "begin" and then the bytes of each packet, on stdout. Ends when it is killed; that a packet
was lost is said on stderr, with status 1.
"""
import signal
import socket
import struct
import sys

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_STATISTICS = 6
SO_RCVBUFFORCE = 33


def ports(packet):
    """Those of a TCP packet over IPv4, behind the 14 bytes of the link's header."""
    if len(packet) < 34 or packet[12:14] != b"\x08\x00" or packet[23] != socket.IPPROTO_TCP:
        return ()
    at = 14 + (packet[14] & 15) * 4
    return struct.unpack("!HH", packet[at:at + 4])


def main():
    wanted = {int(port) for port in sys.argv[1:]}
    capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    capture.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    capture.bind(("lo", 0))

    def end(*_):
        sys.stdout.buffer.flush()
        lost = struct.unpack("II", capture.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        sys.exit(f"capture: {lost} packets were lost" if lost else 0)

    signal.signal(signal.SIGTERM, end)
    sys.stdout.buffer.write(b"begin")
    sys.stdout.buffer.flush()
    while True:
        packet = capture.recv(1 << 17)
        if wanted.intersection(ports(packet)):
            sys.stdout.buffer.write(packet)


main()
