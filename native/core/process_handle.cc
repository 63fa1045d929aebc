#include "core/process_handle.h"

#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

// The C library has had wrappers since glibc 2.36 only, and its headers the numbers since 2.31; the numbers are the
// same on every architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace reuseport {

Result<UniqueFd> open_process(pid_t pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "pidfd_open", "pid " + std::to_string(pid)};
  }
  return fd;
}

Result<Done> signal_process(int process_fd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, process_fd, signal, nullptr, 0) != 0) {
    int code = errno;
    return Failure{code, "pidfd_send_signal", describe_fd(process_fd)};
  }
  return Done{};
}

} // namespace reuseport
