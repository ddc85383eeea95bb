#!/bin/busybox sh
# First process of a test guest: mounts the host's root read-only under an overlay, sets up cgroups as asked, runs /job.sh.
# The job may write lines to $TSGOV_GUEST_REPORT; they reach the host beside the exit code.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
arg() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed" >/dev/kmsg; done </modules/early
port() { for d in /sys/class/virtio-ports/*; do [ "$(cat "$d/name")" = "$1" ] && echo "/dev/${d##*/}"; done; }
ctl=$(port ctl)
export TSGOV_GUEST_REPORT="$ctl"
fail() { echo "{\"rc\":125,\"why\":\"$1\"}" >"$ctl"; poweroff -f; }

mkdir -p /lower /lab /new
mount -t virtiofs -o ro root /lower || fail 'virtiofs'
# The upper layer is on a disk and at the same path inside, so that what is written to / has a disk behind it.
mount -t ext4 /dev/vda /lab && mkdir -p /lab/root/upper /lab/root/work || fail 'lab disk'
mount -t overlay -o lowerdir=/lower,upperdir=/lab/root/upper,workdir=/lab/root/work root /new || fail 'overlay root'
for d in proc sys dev run tmp lab; do mkdir -p "/new/$d"; done
mount -t proc proc /new/proc
mount -t sysfs sys /new/sys
mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
mount -t tmpfs -o mode=755 run /new/run
mount -t tmpfs -o mode=1777 tmp /new/tmp
mount --bind /lab /new/lab
mount -t bpf bpf /new/sys/fs/bpf 2>/dev/null
mount -t tracefs tracefs /new/sys/kernel/tracing 2>/dev/null
ip link set lo up
hostname tsgov-guest
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed" >/dev/kmsg; done </modules/late

# systemd mounts the cgroup tree itself, runs the job as a unit, and tells the host how it ended.
if [ "$(arg tsgov.init)" = systemd ]; then
	mkdir -p /new/run/systemd/system
	cp /job.sh /new/run/job.sh
	cat >/new/run/job-unit.sh <<-end
		/bin/bash /run/job.sh </dev/null >$(port out) 2>$(port err)
		echo "{\"rc\":\$?}" >$ctl
		sync
		busybox poweroff -f
	end
	cat >/new/run/systemd/system/tsgov-job.service <<-end
		[Unit]
		Description=The job of this test guest
		After=basic.target
		[Service]
		Type=exec
		ExecStart=/bin/sh /run/job-unit.sh
		KillMode=process
	end
	cat >/new/run/systemd/system/tsgov-job.target <<-end
		[Unit]
		Requires=basic.target
		Wants=tsgov-job.service
		After=basic.target
	end
	# Units of the host that have no business here.
	for unit in systemd-timesyncd systemd-pstore e2scrub_reap systemd-udevd systemd-udev-trigger systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-journal-flush systemd-random-seed systemd-modules-load systemd-remount-fs; do
		ln -s /dev/null "/new/run/systemd/system/$unit.service"
	done
	cd /new && mount -o move . / && exec chroot . /lib/systemd/systemd --unit=tsgov-job.target
	fail 'systemd does not start'
fi

case $(arg tsgov.cgroup) in
v2)
	mount -t cgroup2 -o nsdelegate cgroup2 /new/sys/fs/cgroup || fail cgroup2
	for c in $(cat /new/sys/fs/cgroup/cgroup.controllers); do echo "+$c" >/new/sys/fs/cgroup/cgroup.subtree_control; done
	;;
*)
	mount -t tmpfs -o mode=755 cgroup /new/sys/fs/cgroup
	for c in cpu cpuacct cpuset memory devices freezer blkio pids; do
		mkdir "/new/sys/fs/cgroup/$c"
		mount -t cgroup -o "$c" "$c" "/new/sys/fs/cgroup/$c" || fail "cgroup $c"
	done
	if [ "$(arg tsgov.cgroup)" = hybrid ]; then
		mkdir /new/sys/fs/cgroup/unified
		mount -t cgroup2 cgroup2 /new/sys/fs/cgroup/unified || fail unified
	else
		mkdir /new/sys/fs/cgroup/hugetlb
		mount -t cgroup -o hugetlb hugetlb /new/sys/fs/cgroup/hugetlb || fail 'cgroup hugetlb'
	fi
	;;
esac

# The first and last cgroup with a cpuset or a CPU quota switch code of the kernel on and off by patching it, which the emulator now and
# then executes half patched (Oops: int3). One that stays keeps it switched on.
keep() { [ ! -e "$1" ] || { mkdir -p "$1/keep" && [ -z "$2" ] || echo "$3" >"$1/keep/$2"; }; }
if [ "$(arg tsgov.cgroup)" = v2 ]; then
	keep /new/sys/fs/cgroup cpu.max '100000 100000'
else
	keep /new/sys/fs/cgroup/cpu cpu.cfs_quota_us 100000
	keep /new/sys/fs/cgroup/cpuset '' ''
fi

cp /job.sh /new/run/job.sh
cat >/new/run/first-process.sh <<-end
	/bin/bash /run/job.sh </dev/null >$(port out) 2>$(port err)
	echo "{\"rc\":\$?}" >$ctl
	sync
	busybox poweroff -f
end
# Moved to / rather than only chrooted into: the kernel lets nobody make a user namespace in a chroot. The first process goes along:
# on a node its / is everybody's.
cd /new && mount -o move . / && exec chroot . /bin/sh /run/first-process.sh
fail 'the root cannot be entered'
