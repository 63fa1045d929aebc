#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reuseport {

/** Bytes of one instruction, of eBPF (struct bpf_insn) as of classic BPF (struct sock_filter). */
constexpr size_t kBpfInstructionBytes = 8;

struct BpfProgramOptions {
  /** Whole instructions. */
  std::span<const std::byte> instructions;
  /** To be asked for migrations too (Linux 5.14). */
  bool migrate = false;
  std::string license;
  std::string name;
};

struct BpfProgramInfo {
  uint32_t id = 0;
  /** BPF_PROG_TYPE_… */
  uint32_t type = 0;
  /** Counted only while statistics are on. */
  uint64_t run_time_ns = 0;
  uint64_t run_count = 0;
  /** Of every map that its instructions name. */
  std::vector<uint32_t> map_ids;
};

/** Loads a program of BPF_PROG_TYPE_SK_REUSEPORT. When that fails, `verifier_log` tells what the verifier said, if
 * anything. */
Result<UniqueFd> bpf_load_reuseport(const BpfProgramOptions& options, std::string& verifier_log);

/** EINVAL when the descriptor is none of a program. */
Result<BpfProgramInfo> bpf_program_info(int fd);

/** BPF_ENABLE_STATS, Linux 5.8: run time is counted while the descriptor is open. */
Result<UniqueFd> bpf_enable_stats();

} // namespace reuseport
