"""resets.py PORT: a server on the loopback that resets each connection once it has heard of it."""
import socket
import struct
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    client = server.accept()[0]
    client.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
