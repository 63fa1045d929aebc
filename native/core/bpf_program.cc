#include "core/bpf_program.h"

#include "core/bpf_call.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>

namespace reuseport {
namespace {

// BPF_SK_REUSEPORT_SELECT_OR_MIGRATE of Linux 5.14; the headers of older systems lack it. Older kernels do not look at
// the field for this type of program: there, only a program that reads `migrating_sk` is refused.
constexpr uint32_t kSelectOrMigrate = 40;

// The verifier answers EAGAIN when a signal waits for the thread (bpf_check): at a profiler's rate, each time. So
// signals wait for the end of the load; what else interrupts it, as task work does, is seldom.
constexpr int kAttempts = 5;

class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
  sigset_t before_{};
};

// Enough for programs of some hundred instructions; a longer log ends where the buffer does.
constexpr uint32_t kLogBytes = 256 * 1024;

// MAX_USED_MAPS of the kernel.
constexpr uint32_t kMaxMaps = 64;

BpfAnswer load(bpf_attr& attributes) {
  SignalsHeld held;
  BpfAnswer answer{};
  for (int i = 0; i < kAttempts; i++) {
    answer = call_bpf(BPF_PROG_LOAD, attributes);
    if (answer.code != EAGAIN) {
      break;
    }
  }
  return answer;
}

} // namespace

Result<UniqueFd> bpf_load_reuseport(const BpfProgramOptions& options, std::string& verifier_log) {
  bpf_attr attributes = empty_attributes();
  attributes.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
  attributes.insns = bpf_pointer(options.instructions.data());
  attributes.insn_cnt = static_cast<uint32_t>(options.instructions.size() / kBpfInstructionBytes);
  attributes.license = bpf_pointer(options.license.c_str());
  // 0 is "select" for every kernel: 5.14 and later turn it into BPF_SK_REUSEPORT_SELECT.
  attributes.expected_attach_type = options.migrate ? kSelectOrMigrate : 0;
  copy_bpf_name(attributes.prog_name, options.name);
  BpfAnswer answer = load(attributes);
  if (answer.code == 0) {
    return UniqueFd(answer.value);
  }
  int refusal = answer.code;
  // A log makes the verifier several times slower, so it is asked for only now.
  auto log = std::make_unique<char[]>(kLogBytes);
  attributes.log_level = 1;
  attributes.log_size = kLogBytes;
  attributes.log_buf = bpf_pointer(log.get());
  answer = load(attributes);
  if (answer.code == 0) {
    return UniqueFd(answer.value);
  }
  // The kernel terminates it, also when it answers ENOSPC because the buffer was too small.
  verifier_log = log.get();
  return Failure{refusal, "bpf", "PROG_LOAD " + options.name};
}

Result<BpfProgramInfo> bpf_program_info(int fd) {
  std::vector<uint32_t> map_ids(kMaxMaps);
  bpf_prog_info info{};
  info.nr_map_ids = kMaxMaps;
  info.map_ids = bpf_pointer(map_ids.data());
  if (auto read = bpf_object_info(fd, "bpf-prog", &info, sizeof info, "OBJ_GET_INFO_BY_FD " + describe_fd(fd)); !read) {
    return std::move(read.failure());
  }
  map_ids.resize(std::min(info.nr_map_ids, kMaxMaps));
  return BpfProgramInfo{info.id, info.type, info.run_time_ns, info.run_cnt, std::move(map_ids)};
}

Result<UniqueFd> bpf_enable_stats() {
  bpf_attr attributes = empty_attributes();
  attributes.enable_stats.type = BPF_STATS_RUN_TIME;
  return bpf_descriptor(BPF_ENABLE_STATS, attributes, "ENABLE_STATS");
}

} // namespace reuseport
