#include "core/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace reuseport {
namespace {

// A process started with a closed stdin must not find a socket there.
constexpr int kFirstAfterStdio = 3;

} // namespace

Result<UniqueFd> duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstAfterStdio));
  int code = errno;
  if (!copy.valid()) {
    return Failure{code, "fcntl", describe_fd(fd)};
  }
  return copy;
}

Result<Done> close_descriptor(int fd) {
  if (::close(fd) != 0) {
    int code = errno;
    // Linux has freed the descriptor by then: closing again would hit a stranger.
    if (code != EINTR) {
      return Failure{code, "close", describe_fd(fd)};
    }
  }
  return Done{};
}

Result<Done> set_close_on_exec(int fd, bool on) {
  int flags = ::fcntl(fd, F_GETFD);
  int code = errno;
  if (flags < 0) {
    return Failure{code, "fcntl", describe_fd(fd)};
  }
  int wanted = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
  if (::fcntl(fd, F_SETFD, wanted) != 0) {
    code = errno;
    return Failure{code, "fcntl", describe_fd(fd)};
  }
  return Done{};
}

Result<Done> replace_descriptor(int source, int fd) {
  int result = ::dup3(source, fd, fd <= STDERR_FILENO ? 0 : O_CLOEXEC);
  int code = errno;
  if (result < 0) {
    return Failure{code, "dup3", describe_fd(source) + " onto " + describe_fd(fd)};
  }
  return Done{};
}

} // namespace reuseport
