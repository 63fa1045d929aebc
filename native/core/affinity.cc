#include "core/affinity.h"

#include "core/proc_numbers.h"

#include <cerrno>
#include <sched.h>
#include <set>
#include <string>

namespace reuseport {
namespace {

class ProcessorSet {
public:
  explicit ProcessorSet(int processor) : set_(CPU_ALLOC(kMostProcessors)) {
    if (set_ != nullptr) {
      CPU_ZERO_S(size(), set_);
      CPU_SET_S(static_cast<size_t>(processor), size(), set_);
    }
  }
  ProcessorSet(const ProcessorSet&) = delete;
  ProcessorSet& operator=(const ProcessorSet&) = delete;
  ~ProcessorSet() { CPU_FREE(set_); }

  static size_t size() { return CPU_ALLOC_SIZE(kMostProcessors); }
  const cpu_set_t* get() const { return set_; }

private:
  cpu_set_t* set_;
};

/** 0, or the errno. A thread that has ended meanwhile is none that matters. */
int bind_thread(pid_t thread, const ProcessorSet& set) {
  if (::sched_setaffinity(thread, ProcessorSet::size(), set.get()) == 0) {
    return 0;
  }
  int code = errno;
  return code == ESRCH ? 0 : code;
}

Failure refused(int code, int processor) {
  return Failure{code, "sched_setaffinity", "processor " + std::to_string(processor)};
}

} // namespace

Result<Done> run_thread_on(int processor) {
  ProcessorSet set(processor);
  int code = set.get() == nullptr ? ENOMEM : bind_thread(0, set);
  if (code != 0) {
    return refused(code, processor);
  }
  return Done{};
}

Result<Done> run_on(int processor) {
  ProcessorSet set(processor);
  if (set.get() == nullptr) {
    return refused(ENOMEM, processor);
  }
  std::set<pid_t> bound;
  // A thread that starts meanwhile has the processors of the one that starts it: looked for until there is no new one.
  for (size_t before = 0;; before = bound.size()) {
    auto threads = read_numbers("/proc/self/task");
    if (!threads) {
      return std::move(threads.failure());
    }
    for (pid_t thread : threads.value()) {
      if (!bound.insert(thread).second) {
        continue;
      }
      if (int code = bind_thread(thread, set); code != 0) {
        return refused(code, processor);
      }
    }
    if (bound.size() == before) {
      return Done{};
    }
  }
}

} // namespace reuseport
