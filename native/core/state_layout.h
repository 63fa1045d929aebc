#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

/**
 * The state page, as src/state/layout.ts describes it: memory that kernel program, master and workers share. A test
 * compares the numbers of the assertions below with those of TypeScript.
 */
namespace reuseport {

constexpr size_t kPageBytes = 16384;
constexpr size_t kMaxRows = 64;
constexpr size_t kMaxGroups = 16;
constexpr size_t kCacheLine = 64;

/** Bits of a row's flags. */
constexpr uint32_t kFlagReady = 1;
constexpr uint32_t kFlagDraining = 2;
constexpr uint32_t kFlagDown = 4;
constexpr uint32_t kFlagStuck = 8;

using Word = std::atomic<uint64_t>;

/** Written by the kernel program. */
struct alignas(kCacheLine) KernelLine {
  Word assigned;
  Word selected;
  Word fallback;
  Word error;
};

/** Written by the worker. */
struct alignas(kCacheLine) WorkerLine {
  Word accepted;
  /** 0 while the loop polls. */
  Word busy_since_ns;
  Word last_poll_ns;
  Word open_connections;
  Word requests;
  Word longest_turn_ns;
  Word turns;
  Word connections;
};

/**
 * Written by the master, by JavaScript and by the watch; the loop takes its own stuck flag away when it polls again. So
 * each change of flags is one atomic operation.
 */
struct alignas(kCacheLine) MasterLine {
  std::atomic<uint32_t> flags;
  std::atomic<uint32_t> weight;
};

struct Row {
  KernelLine kernel;
  WorkerLine worker;
  MasterLine master;
};

struct alignas(kCacheLine) PageHeader {
  Word magic;
  Word version;
  Word slots;
  Word pins;
};

struct alignas(kCacheLine) WakeLine {
  std::atomic<uint32_t> watcher_asleep;
};

struct alignas(kCacheLine) KernelPageLine {
  Word stray;
};

/** An address that a pinned program chooses for; written by the master. */
struct Group {
  /** 0: free. */
  std::atomic<uint32_t> port;
  std::atomic<uint32_t> family;
  std::byte address[16];
  std::byte unused[8];
};

struct StatePage {
  PageHeader header;
  WakeLine wake;
  KernelPageLine kernel;
  alignas(kCacheLine) std::byte unused[kCacheLine];
  Row rows[kMaxRows];
  Group groups[kMaxGroups];
};

// Other processes and the kernel see the same bytes: no lock may hide in them.
static_assert(Word::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);
static_assert(sizeof(Word) == 8 && sizeof(std::atomic<uint32_t>) == 4);
static_assert(sizeof(StatePage) <= kPageBytes);

static_assert(offsetof(StatePage, header.magic) == 0);
static_assert(offsetof(StatePage, header.version) == 8);
static_assert(offsetof(StatePage, header.slots) == 16);
static_assert(offsetof(StatePage, header.pins) == 24);
static_assert(offsetof(StatePage, wake.watcher_asleep) == 64);
static_assert(offsetof(StatePage, kernel.stray) == 128);
static_assert(offsetof(StatePage, rows) == 256);
static_assert(offsetof(StatePage, groups) == 12544);
static_assert(sizeof(Row) == 192);
static_assert(offsetof(Row, kernel.assigned) == 0);
static_assert(offsetof(Row, kernel.selected) == 8);
static_assert(offsetof(Row, kernel.fallback) == 16);
static_assert(offsetof(Row, kernel.error) == 24);
static_assert(offsetof(Row, worker.accepted) == 64);
static_assert(offsetof(Row, worker.busy_since_ns) == 72);
static_assert(offsetof(Row, worker.last_poll_ns) == 80);
static_assert(offsetof(Row, worker.open_connections) == 88);
static_assert(offsetof(Row, worker.requests) == 96);
static_assert(offsetof(Row, worker.longest_turn_ns) == 104);
static_assert(offsetof(Row, worker.turns) == 112);
static_assert(offsetof(Row, worker.connections) == 120);
static_assert(offsetof(Row, master.flags) == 128);
static_assert(offsetof(Row, master.weight) == 132);
static_assert(sizeof(Group) == 32);
static_assert(offsetof(Group, port) == 0);
static_assert(offsetof(Group, family) == 4);
static_assert(offsetof(Group, address) == 8);

} // namespace reuseport
