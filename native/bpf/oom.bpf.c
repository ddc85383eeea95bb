// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who is killed for want of memory, at which cgroup's limit, and who asked for the page. mark_victim names the victim; kernels before 6.8
 * give it a pid only, so the SIGKILL that comes just before is noted, when the task is at hand.
 */
#include "tsgov.h"

#define SIGKILL 9
#define MAX_LEVELS 32

struct oom_event {
	__u64 cgroup; /* of the victim, in the hierarchy of the parameters */
	__u64 memcg; /* of the victim, in the memory controller's hierarchy */
	__u64 level; /* memory cgroup whose limit was reached; 0: the node's memory */
	__u32 pid;
	__u32 trigger_pid;
	char comm[16];
	char trigger_comm[16];
	__s32 oom_score_adj;
	__u32 level_known;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct oom_event);
} killed SEC(".maps");

/* An order of 3 is the largest that is killed for; somebody else may have freed some meanwhile. */
#define NEARLY_FULL_PAGES 64

/* That one more page does not fit into this cgroup. */
static __always_inline bool is_full(struct mem_cgroup *memcg)
{
	unsigned long usage = BPF_CORE_READ(memcg, memory.usage.counter);
	unsigned long max = BPF_CORE_READ(memcg, memory.max);

	return usage + NEARLY_FULL_PAGES >= max;
}

/*
 * The out-of-memory cgroup locks itself and all below it: the topmost that is locked is the one. Kernels without v1's memory controller
 * (from 6.12 on) have no such lock: there it is the nearest cgroup that is full.
 */
static __always_inline void find_level(struct task_struct *task, struct oom_event *event)
{
	struct cgroup_subsys_state *css = BPF_CORE_READ(
		task, cgroups, subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
	bool has_lock = bpf_core_field_exists(((struct mem_cgroup *)0)->oom_lock);
	int i;

	event->memcg = BPF_CORE_READ(css, cgroup, kn, id);
	event->level = 0;
	event->level_known = has_lock || bpf_core_field_exists(((struct mem_cgroup *)0)->memory);
	if (!event->level_known)
		return;
	for (i = 0; i < MAX_LEVELS && css; i++) {
		/* The first member of struct mem_cgroup is its css. */
		struct mem_cgroup *memcg = (void *)css;

		if (has_lock ? BPF_CORE_READ(memcg, oom_lock) : !event->level && is_full(memcg))
			event->level = BPF_CORE_READ(css, cgroup, kn, id);
		css = BPF_CORE_READ(css, parent);
	}
}

static __always_inline void fill(struct oom_event *event, struct task_struct *task)
{
	event->cgroup = cgroup_of_pointer(task);
	event->pid = BPF_CORE_READ(task, tgid);
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), task->comm);
	event->trigger_pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->trigger_comm, sizeof(event->trigger_comm));
	event->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	find_level(task, event);
}

SEC("tp_btf/signal_generate")
int oom_signal(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[2];
	struct oom_event event = {};
	__u32 pid;

	if ((int)ctx[0] != SIGKILL)
		return 0;
	fill(&event, task);
	pid = task->pid;
	bpf_map_update_elem(&killed, &pid, &event, BPF_ANY);
	return 0;
}

SEC("raw_tp/mark_victim")
int oom_victim(__u64 *ctx)
{
	__u64 argument = ctx[0];
	struct oom_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		count(COUNTER_RING_FULL);
		return 0;
	}
	if (argument >> 32) {
		fill(event, (struct task_struct *)argument);
	} else {
		__u32 pid = argument;
		struct oom_event *noted = bpf_map_lookup_elem(&killed, &pid);

		if (noted) {
			__builtin_memcpy(event, noted, sizeof(*event));
		} else {
			__builtin_memset(event, 0, sizeof(*event));
			event->pid = pid;
		}
	}
	bpf_ringbuf_submit(event, 0);
	return 0;
}
