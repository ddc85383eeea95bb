/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What every program shares: its parameters, its counters, and whose a task is. native/bpf-object.ts writes and reads the same layouts. */
#ifndef TSGOV_BPF_H
#define TSGOV_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * The hierarchy whose directories' inode numbers are our cgroup ids: v2's, or that of a v1 controller, which also those have that no
 * v2 cgroup was made for.
 */
enum hierarchy { HIERARCHY_V2, HIERARCHY_CPU, HIERARCHY_MEMORY, HIERARCHY_PIDS, HIERARCHY_CPUSET, HIERARCHY_FREEZER };

/* In a section of its own: the loader knows where each parameter is. */
struct params {
	__u32 hierarchy;
	/* Send every event to the ring buffer. */
	__u32 events;
};
const volatile struct params params SEC(".rodata.params");

/* What did not fit. */
enum counter { COUNTER_RING_FULL, COUNTER_MAP_FULL, COUNTERS };
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);
	if (value)
		__sync_fetch_and_add(value, 1);
}

#define SUBSYS(controller) subsys[bpf_core_enum_value(enum cgroup_subsys_id, controller##_cgrp_id)]

/* The id of the task's cgroup in the hierarchy of the parameters; `task` as a tp_btf program or bpf_get_current_task_btf() has it. */
static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	switch (params.hierarchy) {
	case HIERARCHY_CPU:
		return task->cgroups->SUBSYS(cpu)->cgroup->kn->id;
	case HIERARCHY_MEMORY:
		return task->cgroups->SUBSYS(memory)->cgroup->kn->id;
	case HIERARCHY_PIDS:
		return task->cgroups->SUBSYS(pids)->cgroup->kn->id;
	case HIERARCHY_CPUSET:
		return task->cgroups->SUBSYS(cpuset)->cgroup->kn->id;
	case HIERARCHY_FREEZER:
		return task->cgroups->SUBSYS(freezer)->cgroup->kn->id;
	default:
		return task->cgroups->dfl_cgrp->kn->id;
	}
}

/* The same of a task the verifier does not know as one: slower. */
static __always_inline __u64 cgroup_of_pointer(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);

	switch (params.hierarchy) {
	case HIERARCHY_CPU:
		return BPF_CORE_READ(set, SUBSYS(cpu), cgroup, kn, id);
	case HIERARCHY_MEMORY:
		return BPF_CORE_READ(set, SUBSYS(memory), cgroup, kn, id);
	case HIERARCHY_PIDS:
		return BPF_CORE_READ(set, SUBSYS(pids), cgroup, kn, id);
	case HIERARCHY_CPUSET:
		return BPF_CORE_READ(set, SUBSYS(cpuset), cgroup, kn, id);
	case HIERARCHY_FREEZER:
		return BPF_CORE_READ(set, SUBSYS(freezer), cgroup, kn, id);
	default:
		return BPF_CORE_READ(set, dfl_cgrp, kn, id);
	}
}

/* Finds or makes an entry of a hash map; NULL, and counted, when the map is full. */
static __always_inline void *entry(void *map, const void *key, const void *zero)
{
	void *value = bpf_map_lookup_elem(map, key);
	if (value)
		return value;
	bpf_map_update_elem(map, key, zero, BPF_NOEXIST);
	value = bpf_map_lookup_elem(map, key);
	if (!value)
		count(COUNTER_MAP_FULL);
	return value;
}

/* floor(log2(value)), 0 for 0 and 1; at most `last`. */
static __always_inline __u32 log2_slot(__u64 value, __u32 last)
{
	__u32 slot = 0;
	if (value >> 32) { value >>= 32; slot += 32; }
	if (value >> 16) { value >>= 16; slot += 16; }
	if (value >> 8) { value >>= 8; slot += 8; }
	if (value >> 4) { value >>= 4; slot += 4; }
	if (value >> 2) { value >>= 2; slot += 2; }
	if (value >> 1) slot += 1;
	return slot < last ? slot : last;
}

#endif
