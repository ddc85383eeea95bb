#!/bin/bash
# Runs in a guest that systemd boots (node dist/test/vm/main.js systemd-v2 -- bash test/vm/systemd-proof.sh): the shipped units keep
# containers and their limits through daemon-reload, a restart and a kill of the agent. Says what the kernel's own files say.
set -u
project=$(pwd)
failures=0
check() {
	if [ "$2" = "$3" ]; then echo "ok: $1: $2"; else
		echo "NOT OK: $1: is '$2', wanted '$3'"
		failures=$((failures + 1))
	fi
}
cp "$project"/deploy/systemd/*.service /run/systemd/system/
printf '#!/bin/sh\nexec %s %s/dist/bin/tsgov.cjs "$@"\n' "$(command -v node)" "$project" >/usr/local/bin/tsgov
chmod 755 /usr/local/bin/tsgov
# The guest's / is an overlay already: upper layers of containers need another filesystem.
mkdir -p /run/systemd/system/tsgov.service.d /lab/tsgov
printf '[Service]\nEnvironment=TSGOV_ROOT=/lab/tsgov PATH=%s TSGOV_LISTEN=off\n' "$PATH" >/run/systemd/system/tsgov.service.d/test.conf
export TSGOV_ROOT=/lab/tsgov

wanted='67108864 50000 100000 64 0 '
cgroup=/sys/fs/cgroup/tsgov.slice/tsgov-containers.service
limits() { cat "$cgroup/$id/memory.max" "$cgroup/$id/cpu.max" "$cgroup/$id/pids.max" "$cgroup/$id/cpuset.cpus" | tr '\n' ' '; }
# By curl: starting node costs seconds in a guest.
api() { curl -sS --unix-socket "${TSGOV_STATE:-/run/tsgov}/tsgov.sock" -H 'content-type: application/json' "$@"; }
answers() {
	for _ in $(seq 300); do
		api -f http://tsgov/readyz >/dev/null 2>&1 && return
		sleep 0.2
	done
	echo 'no agent answers'
	systemctl status 'tsgov*' --no-pager
	journalctl -u 'tsgov*' --no-pager | tail -n 60
	exit 1
}

systemctl daemon-reload

with_units() {
	systemctl start tsgov || systemctl status tsgov --no-pager
	answers
	id=$(tsgov run -d --name w --memory 64m --cpus 0.5 --pids-limit 64 --cpuset-cpus 0 host: sleep 10000)
	pid=$(api http://tsgov/v1/containers/w | grep -o '"pid":[0-9]*' | cut -d: -f2)
	check 'limits in the delegated cgroup' "$(limits)" "$wanted"
	check 'it is in there' "$(cat "$cgroup/$id/cgroup.procs")" "$pid"
	check 'no internal processes' "$(cat "$cgroup/cgroup.procs" | wc -l)" 0
	check 'the container may be killed for memory' "$(cat "/proc/$pid/oom_score_adj")" 0

	# systemd's own eyes and ours, within the kernel's batches of charges.
	cgtop=$(systemd-cgtop --batch --raw --iterations=2 --delay=1 --depth=4 --order=path | grep "/$id " | tail -1)
	metrics=$(api http://tsgov/metrics)
	metric() { grep "^$1{id=\"[^\"]*$id\"" <<<"$metrics" | sed 's/.* //'; }
	check 'systemd-cgtop counts as many tasks' "$(awk '{print $2}' <<<"$cgtop")" "$(metric container_threads)"
	off=$(($(awk '{print $4}' <<<"$cgtop") - $(metric container_memory_usage_bytes)))
	check "and as much memory (to 1 MiB: $cgtop)" "$((off < 1048576 && off > -1048576))" 1

	agent=$(systemctl show -p MainPID --value tsgov)
	check "the agent is in its own unit" "$(cut -d: -f3 <"/proc/$agent/cgroup" | tail -1)" /tsgov.slice/tsgov.service
	check 'the agent is not killed for memory' "$(cat "/proc/$agent/oom_score_adj")" -900

	subtree=$(cat "$cgroup/cgroup.subtree_control")
	systemctl daemon-reload
	systemctl daemon-reexec
	sleep 1
	check 'after daemon-reload and daemon-reexec' "$(limits)" "$wanted"
	check 'controllers after daemon-reload' "$(cat "$cgroup/cgroup.subtree_control")" "$subtree"
	systemctl set-property --runtime tsgov-containers.service CPUWeight=200
	check 'after set-property of the unit itself' "$(limits)" "$wanted"

	systemctl restart tsgov || journalctl -u tsgov --no-pager | tail -n 60
	answers
	check 'restart succeeded' "$(systemctl is-active tsgov)" active
	check 'another agent' "$([ "$(systemctl show -p MainPID --value tsgov)" != "$agent" ] && echo yes)" yes
	check 'after a restart of the agent' "$(limits)" "$wanted"
	check 'the process is the same' "$(cat "$cgroup/$id/cgroup.procs")" "$pid"
	check 'the agent knows it' "$(api http://tsgov/v1/containers/w | grep -o '"status":"[a-z]*"')" '"status":"running"'
	api -X PATCH -d '{"memory":{"max":"96m"}}' http://tsgov/v1/containers/w/limits >/dev/null
	check 'and governs it' "$(cat "$cgroup/$id/memory.max")" 100663296

	agent=$(systemctl show -p MainPID --value tsgov)
	kill -KILL "$agent"
	for _ in $(seq 200); do now=$(systemctl show -p MainPID --value tsgov); [ "$now" != "$agent" ] && [ "$now" != 0 ] && break; sleep 0.1; done
	answers
	check 'after kill -9 of the agent systemd started another' "$([ "$now" != "$agent" ] && [ "$now" != 0 ] && echo yes)" yes
	check 'the process is still the same' "$(cat "$cgroup/$id/cgroup.procs")" "$pid"
	check 'a second container beside it' "$(tsgov run --rm --memory 32m host: echo hello)" hello

	systemctl stop tsgov
	check 'after a stop of the agent it runs on' "$(cat "$cgroup/$id/cgroup.procs")" "$pid"
	systemctl start tsgov
	answers
	systemctl stop tsgov-containers
	for _ in $(seq 300); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
	check 'a stop of its cgroup unit ends it' "$([ -d "/proc/$pid" ] || echo ended)" ended
	check 'and the agent with it, which needs that unit' "$(systemctl is-active tsgov)" inactive
	check 'nothing is left of the cgroup' "$([ -d "$cgroup" ] || echo gone)" gone
}

# One unit alone, the agent in what is delegated to it: --cgroup-parent auto.
alone() {
	cat >/run/systemd/system/tsgov-auto.service <<-end
		[Service]
		Type=exec
		Delegate=yes
		KillMode=process
		Environment=TSGOV_ROOT=/lab/auto TSGOV_STATE=/run/tsgov-auto TSGOV_LISTEN=off PATH=$PATH
		ExecStart=/usr/local/bin/tsgov agent --cgroup-parent auto
	end
	systemctl daemon-reload
	systemctl start tsgov-auto
	export TSGOV_ROOT=/lab/auto TSGOV_STATE=/run/tsgov-auto
	answers
	cgroup=/sys/fs/cgroup/system.slice/tsgov-auto.service
	id=$(tsgov run -d --name w --memory 64m --cpus 0.5 --pids-limit 64 --cpuset-cpus 0 host: sleep 10000)
	check 'auto: limits in the delegated cgroup' "$(limits)" "$wanted"
	agent=$(systemctl show -p MainPID --value tsgov-auto)
	check 'auto: the agent made room' "$(cut -d: -f3 <"/proc/$agent/cgroup" | tail -1)" /system.slice/tsgov-auto.service/agent
	systemctl daemon-reload
	check 'auto: after daemon-reload' "$(limits)" "$wanted"
	api -X PATCH -d '{"hugetlb":{"2MB":0}}' http://tsgov/v1/containers/w/limits >/dev/null
	check 'auto: what systemd does not hand down is said' "$(api http://tsgov/v1/containers/w | grep -o '"reason":"NoHugetlbController"')" '"reason":"NoHugetlbController"'
	check 'auto: nothing above was touched' "$(grep -c hugetlb /sys/fs/cgroup/cgroup.subtree_control)" 0
	api -X DELETE 'http://tsgov/v1/containers/w?force=true' >/dev/null
	systemctl stop tsgov-auto
}

for part in ${*:-with_units alone}; do "$part"; done
echo "$failures failures"
exit $((failures > 0))
