// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Cgroups that come and go, and processes that are moved: told only while somebody asks. */
#include "tsgov.h"

#define PATH_BYTES 256

enum kind { KIND_MKDIR, KIND_RMDIR, KIND_ATTACH };

struct cgroup_event {
	__u32 kind;
	__u32 pid; /* attach: who is moved */
	__u32 by_pid;
	char by_comm[16];
	char path[PATH_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

static __always_inline int tell(const char *path, __u32 kind, __u32 pid)
{
	struct cgroup_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		count(COUNTER_RING_FULL);
		return 0;
	}
	event->kind = kind;
	event->pid = pid;
	event->by_pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->by_comm, sizeof(event->by_comm));
	event->path[0] = 0;
	bpf_probe_read_kernel_str(event->path, sizeof(event->path), path);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int cgroup_mkdir(__u64 *ctx)
{
	return tell((const char *)ctx[1], KIND_MKDIR, 0);
}

SEC("tp_btf/cgroup_rmdir")
int cgroup_rmdir(__u64 *ctx)
{
	return tell((const char *)ctx[1], KIND_RMDIR, 0);
}

SEC("tp_btf/cgroup_attach_task")
int cgroup_attach(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[2];

	return tell((const char *)ctx[1], KIND_ATTACH, BPF_CORE_READ(task, tgid));
}
