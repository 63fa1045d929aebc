#include "core/child_processes.h"

#include <cerrno>
#include <csignal>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace reuseport {

Result<Done> adopt_orphans() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) {
    int code = errno;
    return Failure{code, "prctl", "PR_SET_CHILD_SUBREAPER"};
  }
  return Done{};
}

Result<bool> reap_child(pid_t pid) {
  siginfo_t ended{};
  // WNOHANG: it is not interrupted.
  if (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG) != 0) {
    int code = errno;
    return Failure{code, "waitid", "pid " + std::to_string(pid)};
  }
  return ended.si_pid == pid;
}

} // namespace reuseport
