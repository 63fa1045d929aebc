// Sets TCP_DEFER_ACCEPT on a listener of another process, which need not know of it: on a duplicate of its descriptor
// (pidfd_getfd, Linux 5.6), which is the same socket. Prints what the kernel made of it: it counts in SYN-ACKs, not in
// seconds.
//
// usage: defer-accept <pid> <fd> <seconds>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

// Where the headers of the C library are older than the kernel; the numbers are the same on all architectures.
constexpr long kPidfdOpen = 434;
constexpr long kPidfdGetfd = 438;

int fail(const char* call) {
  std::perror(call);
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: defer-accept <pid> <fd> <seconds>\n");
    return 2;
  }
  const auto process = static_cast<int>(syscall(kPidfdOpen, std::atoi(argv[1]), 0));
  if (process < 0) {
    return fail("pidfd_open");
  }
  const auto listener = static_cast<int>(syscall(kPidfdGetfd, process, std::atoi(argv[2]), 0));
  if (listener < 0) {
    return fail("pidfd_getfd");
  }
  int seconds = std::atoi(argv[3]);
  if (setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds) != 0) {
    return fail("setsockopt TCP_DEFER_ACCEPT");
  }
  socklen_t length = sizeof seconds;
  if (getsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &length) != 0) {
    return fail("getsockopt TCP_DEFER_ACCEPT");
  }
  std::printf("%d\n", seconds);
  return 0;
}
