#!/bin/bash
# The example of a pod: the application, in another mount namespace, sees the sidecar's mount, also after its restart.
# Statements: 36, 152.
if [ -z "${INSIDE:-}" ] && unshare -m true 2>/dev/null; then
	INSIDE=1 exec unshare -m -- "$0"
fi
. "$(dirname "$0")/../lib/case.sh"

requires "needs root, to mount" [ "$(id -u)" = 0 ]
requires "needs python3-yaml" python3 -c 'import yaml'
example=$TOP/docs/examples/pod.yaml

# What the example says, with the case's paths and its cluster in place of its own.
part_of_pod() {
	python3 - "$example" "$1" "$DIR/volume" "unix://$RUN/client:0" "$ETCDFS" <<'PY'
import sys
import yaml
path, what, volume, endpoint, program = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    pod = yaml.safe_load(file)
(sidecar,), (app,) = pod["spec"]["initContainers"], pod["spec"]["containers"]
def said(container):
    (mount,) = container["volumeMounts"]
    (shared,) = pod["spec"]["volumes"]
    assert shared["name"] == mount["name"] and mount["mountPath"] == "/shared"
    return mount["mountPropagation"]
parts = {
    "sidecar": sidecar["command"], "ready": sidecar["readinessProbe"]["exec"]["command"],
    "started": sidecar["startupProbe"]["exec"]["command"],
    "propagation": [said(sidecar), said(app)],
    "rights": [str(sidecar["securityContext"]["privileged"]), sidecar["restartPolicy"],
               str("privileged" in app["securityContext"])]}
for word in parts[what]:
    print(word.replace("/shared", volume).replace("http://etcd:2379", endpoint)
          .replace("exec etcdfs", f"exec {program}"))
PY
}
equal "propagation" "Bidirectional HostToContainer" "$(part_of_pod propagation | xargs)"
equal "a sidecar with rights, and an application without" "True Always False" "$(part_of_pod rights | xargs)"

start_mount
in_mount 'echo hello >greeting'

# The node's directory of the volume; a container has a copy of the node's namespace, as its propagation says.
mkdir "$DIR/volume"
mount --bind "$DIR/volume" "$DIR/volume"
mount --make-rshared "$DIR/volume"
CONTAINERS=()
end_containers() { [ "${#CONTAINERS[@]}" = 0 ] || kill "${CONTAINERS[@]}" 2>/dev/null || true; }
AT_END+=(end_containers)
differs() { [ "$(readlink "$1")" != "$(readlink "$2")" ]; }
# container PROPAGATION: $CONTAINER is a process in a new one.
container() {
	unshare --mount --propagation "$1" sleep 1000 &
	CONTAINER=$!
	CONTAINERS+=("$CONTAINER")
	wait_until "a container" differs "/proc/$CONTAINER/ns/mnt" /proc/self/ns/mnt
}
container slave
app=$CONTAINER
in_app() { limit nsenter -t "$app" -m "$@"; }
sees() { [ "$(in_app cat "$DIR/volume/kv/greeting" 2>/dev/null)" = hello ]; }
start_sidecar() {
	local words
	container unchanged
	sidecar=$CONTAINER
	mapfile -t words < <(part_of_pod sidecar)
	setsid nsenter -t "$sidecar" -m "${words[@]}" >>"$LOG" 2>&1 </dev/null &
	SUPERVISOR=$!
}
probe() {
	local words
	mapfile -t words < <(part_of_pod "$1")
	limit nsenter -t "$sidecar" -m "${words[@]}" 2>/dev/null
}
end_sidecar() {
	kill -"$1" $SUPERVISOR
	wait "$SUPERVISOR" || true
	wait_until "its end" eval '! pgrep -f -- " --filesystem $DIR/volume/kv\$"'
	kill "$sidecar"
	wait "$sidecar" || true
}

fails "before the start" "" probe ready
start_sidecar
wait_until "the startup probe" probe started
check "the readiness probe" probe ready
check "the application sees it" sees
check "it writes" in_app sh -c "echo app >$DIR/volume/kv/answer"
equal "its answer" app "$(value_of answer)"

# A restart of the container, after a SIGTERM and after a SIGKILL: the application is not started again.
for signal in TERM KILL; do
	end_sidecar "$signal"
	wait_until "the mount is gone" is_unmounted "$DIR/volume/kv"
	check "in the application as well" eval '! in_app grep -q " $DIR/volume/kv " /proc/self/mountinfo'
	start_sidecar
	wait_until "ready again" probe ready
	check "the application sees it again" sees
done

# All processes of the container are killed at once: the dead mount is taken off by the next one.
expect_log "taking the dead mount of an earlier run off"
kill -STOP "$SUPERVISOR"
kill -KILL $(pgrep -P "$SUPERVISOR")
end_sidecar KILL 2>/dev/null || true
fails "the dead mount" "not connected" in_app ls "$DIR/volume/kv"
start_sidecar
wait_until "ready again" probe ready
check "the application sees it again" sees
end_sidecar TERM
kill "$app"
wait "$app" || true
umount "$DIR/volume"
stop_mount umount
