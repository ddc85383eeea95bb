// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* System calls by cgroup and number. Every call of the node passes here, so only while somebody asks. */
#include "tsgov.h"

struct syscall_key {
	__u64 cgroup;
	__u32 number;
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct syscall_key);
	__type(value, __u64);
} calls SEC(".maps");

static const __u64 none;

SEC("tp_btf/sys_enter")
int syscalls(__u64 *ctx)
{
	struct syscall_key key = { .cgroup = cgroup_of(bpf_get_current_task_btf()), .number = (__u32)ctx[1] };
	__u64 *value = entry(&calls, &key, &none);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}
