#include "core/watch_wake.h"

#include "core/descriptor.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/eventfd.h>
#include <unistd.h>

namespace reuseport {

Result<UniqueFd> create_wake_fd() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "eventfd", "wake-up of the watch"};
  }
  return fd;
}

Result<UniqueFd> duplicate_wake_fd(int fd) {
  auto copy = duplicate(fd);
  if (!copy) {
    return copy;
  }
  std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, 64> target;
  ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  // Without /proc there is nothing to compare.
  if (length > 0 && std::string_view(target.data(), static_cast<size_t>(length)) != "anon_inode:[eventfd]") {
    return Failure{EINVAL, "eventfd", describe_fd(fd)};
  }
  return copy;
}

} // namespace reuseport
