#include "core/bpf_attach.h"

#include "core/bpf_program.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <string>
#include <sys/socket.h>

namespace reuseport {
namespace {

// Linux 5.3; also in the headers of Debian 11, not in those of older C libraries.
#ifndef SO_DETACH_REUSEPORT_BPF
constexpr int SO_DETACH_REUSEPORT_BPF = 68;
#endif

Failure refused(int code, const char* option, int fd) {
  return {code, "setsockopt", std::string(option) + " of " + describe_fd(fd)};
}

} // namespace

Result<Done> attach_reuseport_ebpf(int socket_fd, int program_fd) {
  if (::setsockopt(socket_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program_fd, sizeof program_fd) != 0) {
    int code = errno;
    return refused(code, "SO_ATTACH_REUSEPORT_EBPF", socket_fd);
  }
  return Done{};
}

Result<Done> attach_reuseport_cbpf(int socket_fd, std::span<const std::byte> instructions) {
  static_assert(sizeof(sock_filter) == kBpfInstructionBytes);
  // A copy, because the bytes may lie at any address.
  std::array<sock_filter, BPF_MAXINSNS> aligned;
  size_t count = instructions.size() / sizeof(sock_filter);
  if (count > aligned.size()) {
    return refused(EINVAL, "SO_ATTACH_REUSEPORT_CBPF", socket_fd);
  }
  std::memcpy(aligned.data(), instructions.data(), count * sizeof(sock_filter));
  sock_fprog program{static_cast<unsigned short>(count), aligned.data()};
  if (::setsockopt(socket_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) != 0) {
    int code = errno;
    return refused(code, "SO_ATTACH_REUSEPORT_CBPF", socket_fd);
  }
  return Done{};
}

Result<Done> detach_reuseport_bpf(int socket_fd) {
  // The kernel reads an int of every option, also where it has no use for it.
  int unused = 0;
  if (::setsockopt(socket_fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused) != 0) {
    int code = errno;
    return refused(code, "SO_DETACH_REUSEPORT_BPF", socket_fd);
  }
  return Done{};
}

} // namespace reuseport
