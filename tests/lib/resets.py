"""resets.py CERT KEY PORT PORT PORT: a TLS server on the loopback that resets each connection.

At the first port it does so once it has heard of the client, at the second after the whole
handshake, at the third when it has read the first frames of HTTP/2.
"""
import socket
import ssl
import struct
import sys
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.set_alpn_protocols(["h2"])


def hear(client):
    client.recv(1)
    return client


def shake(client):
    return context.wrap_socket(client, server_side=True)


def read(client):
    client = shake(client)
    client.recv(1000)
    return client


def serve(server, step):
    while True:
        client = server.accept()[0]
        # What is closed so is reset, whoever holds it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            client = step(client)
        except OSError as error:
            print(step.__name__, error, file=sys.stderr)
        client.close()


for port, step in zip(sys.argv[3:], (hear, shake, read)):
    server = socket.create_server(("127.0.0.1", int(port)))
    threading.Thread(target=serve, args=(server, step)).start()
print("listening", flush=True)
