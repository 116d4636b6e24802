"""first_only.py PORT: another port of the loopback, which it prints, before PORT.

The first connection is passed on; on all others nobody says anything.
"""
import socket
import sys
import threading


def pass_on(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
first, _ = server.accept()
etcd = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for ends in ((first, etcd), (etcd, first)):
    threading.Thread(target=pass_on, args=ends, daemon=True).start()
silent = []
while True:
    silent.append(server.accept())
