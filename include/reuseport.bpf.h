/* SPDX-License-Identifier: MIT */
/*
 * For steering programs in C, which `reuseport --steer pinned:<path>` attaches: the state page, the two maps that
 * program and master share, and what most programs need. docs/steering.md tells how such a program is built, loaded and
 * steered by.
 *
 * Needs libbpf's headers (Debian: libbpf-dev) and Linux 5.14, which shows a program the listening socket.
 */
#ifndef REUSEPORT_BPF_H
#define REUSEPORT_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#define REUSEPORT_SLOTS 64
#define REUSEPORT_GROUPS 16
#define REUSEPORT_KEYS (REUSEPORT_GROUPS * REUSEPORT_SLOTS)
#define REUSEPORT_PAGE_BYTES 16384

/* Bits of a row's flags. A slot takes new connections when it is ready and nothing else is set. */
#define REUSEPORT_READY 1
#define REUSEPORT_DRAINING 2
#define REUSEPORT_DOWN 4
#define REUSEPORT_STUCK 8

/* Times are those of bpf_ktime_get_ns(). Each line of 64 bytes has one writer: add to the kernel's line only. */
struct reuseport_row {
  /* The kernel's line: this program's. */
  __u64 assigned; /* connections given to the slot; what `accepted` is compared with */
  __u64 selected; /* of these, those that were meant for it */
  __u64 fallback; /* of these, those whose own slot had no socket */
  __u64 error;    /* selections of this slot that failed */
  __u64 unused_kernel[4];
  /* The worker's line. */
  __u64 accepted;
  __u64 busy_since_ns; /* when the loop's present turn began; 0 while it waits for work */
  __u64 last_poll_ns;
  __u64 open_connections;
  __u64 requests;
  __u64 longest_turn_ns;
  __u64 turns;
  __u64 connections; /* that its servers were given, in whichever way */
  /* The master's line. */
  __u32 flags;
  __u32 weight;
  __u64 unused_master[7];
};

/* An address that the service listens on. The sockets of group g have the keys 64 g + slot. */
struct reuseport_group {
  __u32 port;       /* in host order; 0: free */
  __u32 family;     /* 2 IPv4, 10 IPv6 */
  __u32 address[4]; /* in network order; IPv4: the first */
  __u64 unused;
};

struct reuseport_page {
  __u64 magic;
  __u64 version;
  __u64 slots;
  __u64 pins;
  __u64 unused_header[4];
  __u32 watcher_asleep;
  __u32 unused_wake[15];
  __u64 stray; /* connections for which the program found no slot */
  __u64 unused_kernel[15];
  struct reuseport_row rows[REUSEPORT_SLOTS];
  struct reuseport_group groups[REUSEPORT_GROUPS];
  __u64 refused[REUSEPORT_SLOTS]; /* connections that each slot has refused (--max-connections); its loop's */
  __u8 unused[REUSEPORT_PAGE_BYTES - 13568];
};

_Static_assert(sizeof(struct reuseport_page) == REUSEPORT_PAGE_BYTES, "page");
_Static_assert(offsetof(struct reuseport_page, magic) == 0, "magic");
_Static_assert(offsetof(struct reuseport_page, version) == 8, "version");
_Static_assert(offsetof(struct reuseport_page, slots) == 16, "slots");
_Static_assert(offsetof(struct reuseport_page, pins) == 24, "pins");
_Static_assert(offsetof(struct reuseport_page, watcher_asleep) == 64, "watcher_asleep");
_Static_assert(offsetof(struct reuseport_page, stray) == 128, "stray");
_Static_assert(offsetof(struct reuseport_page, rows) == 256, "rows");
_Static_assert(offsetof(struct reuseport_page, groups) == 12544, "groups");
_Static_assert(sizeof(struct reuseport_row) == 192, "row");
_Static_assert(offsetof(struct reuseport_row, assigned) == 0, "assigned");
_Static_assert(offsetof(struct reuseport_row, selected) == 8, "selected");
_Static_assert(offsetof(struct reuseport_row, fallback) == 16, "fallback");
_Static_assert(offsetof(struct reuseport_row, error) == 24, "error");
_Static_assert(offsetof(struct reuseport_row, accepted) == 64, "accepted");
_Static_assert(offsetof(struct reuseport_row, busy_since_ns) == 72, "busy_since_ns");
_Static_assert(offsetof(struct reuseport_row, last_poll_ns) == 80, "last_poll_ns");
_Static_assert(offsetof(struct reuseport_row, open_connections) == 88, "open_connections");
_Static_assert(offsetof(struct reuseport_row, requests) == 96, "requests");
_Static_assert(offsetof(struct reuseport_row, longest_turn_ns) == 104, "longest_turn_ns");
_Static_assert(offsetof(struct reuseport_row, turns) == 112, "turns");
_Static_assert(offsetof(struct reuseport_row, connections) == 120, "connections");
_Static_assert(offsetof(struct reuseport_row, flags) == 128, "flags");
_Static_assert(offsetof(struct reuseport_row, weight) == 132, "weight");
_Static_assert(sizeof(struct reuseport_group) == 32, "group");
_Static_assert(offsetof(struct reuseport_group, port) == 0, "port");
_Static_assert(offsetof(struct reuseport_group, family) == 4, "family");
_Static_assert(offsetof(struct reuseport_group, address) == 8, "address");

/* The maps. The master knows them by these names, pinned in the folder of the program. */

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct reuseport_page);
} state SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
  __uint(max_entries, REUSEPORT_KEYS);
  __type(key, __u32);
  __type(value, __u64);
} sockets SEC(".maps");

/* Never NULL in truth; the verifier wants it looked at. */
static __always_inline struct reuseport_page* reuseport_page(void) {
  __u32 first = 0;
  return bpf_map_lookup_elem(&state, &first);
}

/* The row of a slot below 64, in a way that the verifier can follow, whatever the compiler knows of `slot`. */
static __always_inline struct reuseport_row* reuseport_row(struct reuseport_page* page, __u64 slot) {
  barrier_var(slot);
  return &page->rows[slot & (REUSEPORT_SLOTS - 1)];
}

/* Does the slot take new connections. */
static __always_inline int reuseport_usable(const struct reuseport_row* row) {
  return *(volatile const __u32*)&row->flags == REUSEPORT_READY;
}

/* Connections that were given to the slot and that it has not accepted yet. */
static __always_inline __u64 reuseport_pending(const struct reuseport_row* row) {
  __s64 pending = *(volatile const __u64*)&row->assigned - *(volatile const __u64*)&row->accepted;
  /* The worker may publish between the two reads. */
  return pending > 0 ? pending : 0;
}

/* Is this a connection's first packet, and no stray one, none of a SYN cookie, and no migration: only those count. */
static __always_inline int reuseport_is_new(const struct sk_reuseport_md* ctx) {
  const __u8* tcp = ctx->data;
  if (ctx->migrating_sk != NULL || (const void*)(tcp + 14) > ctx->data_end)
    return 0;
  return (tcp[13] & 0x12) == 0x02;
}

/* The number of the group that the packet came for; -1 when the table does not have it. */
static __always_inline int reuseport_group(const struct sk_reuseport_md* ctx, const struct reuseport_page* page) {
  const struct bpf_sock* sk = ctx->sk;
  for (int i = 0; i < REUSEPORT_GROUPS; i++) {
    const struct reuseport_group* group = &page->groups[i];
    if (group->port != sk->src_port || group->family != sk->family)
      continue;
    if (sk->family == 2 ? group->address[0] == sk->src_ip4
                        : group->address[0] == sk->src_ip6[0] && group->address[1] == sk->src_ip6[1] &&
                              group->address[2] == sk->src_ip6[2] && group->address[3] == sk->src_ip6[3])
      return i;
  }
  return -1;
}

/*
 * Gives the packet to `slot` and counts it there. 0, or a negative errno when the slot has no socket: then choose
 * another. A program that ends without a successful selection leaves the choice to the kernel's hash.
 */
static __always_inline long reuseport_select(struct sk_reuseport_md* ctx, struct reuseport_page* page, __u64 slot) {
  int group = reuseport_group(ctx, page);
  if (group < 0 || slot >= REUSEPORT_SLOTS)
    return -2; /* ENOENT */
  __u32 key = group * REUSEPORT_SLOTS + slot;
  struct reuseport_row* row = reuseport_row(page, slot);
  __u64 one = reuseport_is_new(ctx);
  long result = bpf_sk_select_reuseport(ctx, &sockets, &key, 0);
  if (result != 0) {
    __sync_fetch_and_add(&row->error, one);
    return result;
  }
  __sync_fetch_and_add(&row->assigned, one);
  __sync_fetch_and_add(&row->selected, one);
  return 0;
}

#endif
