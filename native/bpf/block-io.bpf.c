// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Block I/O by cgroup, device and direction: how long, how large. A request carries the time it was made and the cgroup its first bio is
 * charged to, so its completion says it all. That cgroup is who submitted it; for buffered writes v2's writeback sets it to who owns the
 * dirtied inode, and v1 has the root: the flusher writes for all.
 */
#include "tsgov.h"

#define LATENCY_SLOTS 27
#define SIZE_SLOTS 16
#define REQ_OP_MASK 0xff
#define SECTOR_SHIFT 9

struct io_key {
	__u64 cgroup;
	__u32 major;
	__u32 minor_op; /* minor << 8 | REQ_OP */
};

struct io_hist {
	__u64 latency[LATENCY_SLOTS]; /* [2^i, 2^(i+1)) microseconds */
	__u64 size[SIZE_SLOTS]; /* [2^i, 2^(i+1)) sectors of 512 bytes */
	__u64 sum_ns;
	__u64 sum_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct io_key);
	__type(value, struct io_hist);
} io SEC(".maps");

static const struct io_hist no_io;

struct io_event {
	struct io_key key;
	__u64 latency_ns;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* struct request had the disk before its queue did (5.17). */
struct request___disk {
	struct gendisk *rq_disk;
} __attribute__((preserve_access_index));

static __always_inline void key_of(struct request *rq, struct io_key *key)
{
	struct request___disk *old = (void *)rq;
	struct gendisk *disk;

	if (bpf_core_field_exists(old->rq_disk))
		disk = BPF_CORE_READ(old, rq_disk);
	else
		disk = BPF_CORE_READ(rq, q, disk);
	key->cgroup = BPF_CORE_READ(rq, bio, bi_blkg, blkcg, css.cgroup, kn, id);
	key->major = BPF_CORE_READ(disk, major);
	key->minor_op = BPF_CORE_READ(disk, first_minor) << 8 | (BPF_CORE_READ(rq, cmd_flags) & REQ_OP_MASK);
}

SEC("tp_btf/block_rq_complete")
int block_io(__u64 *ctx)
{
	struct request *rq = (struct request *)ctx[0];
	__u32 done = (__u32)ctx[2], bytes = rq->__data_len;
	__u64 started = rq->start_time_ns, took;
	struct io_key key = {};
	struct io_hist *hist;

	/* A request done in parts is told at its last; one without a bio (flush) or a time (iostats off) cannot be told. */
	if (done < bytes || started == 0 || !rq->bio)
		return 0;
	key_of(rq, &key);
	if (key.cgroup == 0)
		return 0;
	took = bpf_ktime_get_ns() - started;
	if (params.events) {
		struct io_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

		if (!event) {
			count(COUNTER_RING_FULL);
			return 0;
		}
		event->key = key;
		event->latency_ns = took;
		event->bytes = bytes;
		bpf_ringbuf_submit(event, 0);
		return 0;
	}
	hist = entry(&io, &key, &no_io);
	if (!hist)
		return 0;
	__sync_fetch_and_add(&hist->latency[log2_slot(took / 1000, LATENCY_SLOTS - 1)], 1);
	__sync_fetch_and_add(&hist->size[log2_slot(bytes >> SECTOR_SHIFT, SIZE_SLOTS - 1)], 1);
	__sync_fetch_and_add(&hist->sum_ns, took);
	__sync_fetch_and_add(&hist->sum_bytes, bytes);
	return 0;
}
