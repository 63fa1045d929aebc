#pragma once

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace delayline {

/** A TUN device in a named network namespace. It is gone when this closes: it is not made persistent. */
class Tun {
public:
  /** Throws std::system_error naming the call. Leaves this thread in that namespace. */
  Tun(const std::string& networkNamespace, const std::string& device) {
    enter(networkNamespace);
    fd_ = check(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "open /dev/net/tun");
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::strncpy(request.ifr_name, device.c_str(), IFNAMSIZ - 1);
    if (ioctl(fd_, TUNSETIFF, &request) != 0) {
      const int reason = errno;
      close(fd_);
      throw std::system_error(reason, std::generic_category(), "TUNSETIFF " + device);
    }
  }
  ~Tun() { close(fd_); }
  Tun(const Tun&) = delete;
  Tun& operator=(const Tun&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

private:
  static int check(int result, const std::string& what) {
    if (result < 0) {
      throw std::system_error(errno, std::generic_category(), what);
    }
    return result;
  }

  static void enter(const std::string& name) {
    const std::string path = "/run/netns/" + name;
    const int fd = check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open " + path);
    const int result = setns(fd, CLONE_NEWNET);
    const int reason = errno;
    close(fd);
    errno = reason;
    check(result, "setns " + path);
  }

  int fd_ = -1;
};

} // namespace delayline
