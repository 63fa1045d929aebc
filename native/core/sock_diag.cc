#include "core/sock_diag.h"

#include "core/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace reuseport {
namespace {

constexpr const char* kSubject = "NETLINK_SOCK_DIAG";
// Larger than the 32 KiB that the kernel puts into one part at most.
constexpr size_t kPartBytes = 64 * 1024;
// The kernel answers in the same call chain: this only keeps a broken one from holding us for ever.
constexpr timeval kAnswerDeadline{5, 0};
constexpr int kAttempts = 8;

struct Wanted {
  /** A bit for each state. */
  uint32_t states;
  /** 0 means every port. */
  uint16_t port;
};

Result<Done> request_dump(int netlink, int family, Wanted wanted) {
  struct {
    nlmsghdr head;
    inet_diag_req_v2 body;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = static_cast<uint8_t>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  // INET_DIAG_SKV6ONLY has no bit in idiag_ext: the kernel sends it with every IPv6 listener.
  request.body.idiag_states = wanted.states;
  request.body.id.idiag_sport = htons(wanted.port);
  if (::send(netlink, &request, sizeof request, 0) < 0) {
    int code = errno;
    return Failure{code, "send", kSubject};
  }
  return Done{};
}

/** One dump; true when it was consistent, false when it is to be repeated. */
template <class Socket>
Result<bool> read_dump(int netlink, std::vector<Socket>& sockets) {
  std::vector<std::byte> buffer(kPartBytes);
  bool interrupted = false;
  for (;;) {
    // MSG_TRUNC: tell the real length, so that a cut part is noticed.
    ssize_t size = ::recv(netlink, buffer.data(), buffer.size(), MSG_TRUNC);
    int code = errno;
    if (size < 0 && code == EINTR) {
      continue;
    }
    if (size < 0) {
      return Failure{code, "recvmsg", kSubject};
    }
    if (static_cast<size_t>(size) > buffer.size()) {
      return Failure{EMSGSIZE, "recvmsg", kSubject};
    }
    auto part = parse_dump(std::span(buffer).first(static_cast<size_t>(size)), sockets);
    if (!part) {
      return std::move(part.failure());
    }
    interrupted |= part.value().interrupted;
    if (part.value().done) {
      return !interrupted;
    }
  }
}

template <class Socket>
Result<Done> dump_family(int netlink, int family, Wanted wanted, std::vector<Socket>& sockets) {
  for (int attempt = 0; attempt < kAttempts; attempt++) {
    if (auto sent = request_dump(netlink, family, wanted); !sent) {
      return sent;
    }
    std::vector<Socket> found;
    auto consistent = read_dump(netlink, found);
    if (!consistent) {
      return std::move(consistent.failure());
    }
    if (consistent.value()) {
      std::move(found.begin(), found.end(), std::back_inserter(sockets));
      return Done{};
    }
  }
  return Failure{EAGAIN, "recvmsg", kSubject};
}

template <class Socket>
Result<std::vector<Socket>> dump(Wanted wanted) {
  UniqueFd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  int code = errno;
  if (!netlink.valid()) {
    return Failure{code, "socket", kSubject};
  }
  if (::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerDeadline, sizeof kAnswerDeadline) != 0) {
    code = errno;
    return Failure{code, "setsockopt", kSubject};
  }
  std::vector<Socket> sockets;
  for (int family : {AF_INET, AF_INET6}) {
    if (auto dumped = dump_family(netlink.get(), family, wanted, sockets); !dumped) {
      return std::move(dumped.failure());
    }
  }
  // A kernel older than the port filter for dumps of listeners would send them all.
  std::erase_if(sockets, [&](const Socket& socket) { return wanted.port != 0 && socket.port != wanted.port; });
  return sockets;
}

} // namespace

Result<std::vector<ListeningSocket>> dump_listening_sockets(uint16_t port) {
  return dump<ListeningSocket>({1U << TCP_LISTEN, port});
}

Result<std::vector<Handshake>> dump_handshakes(uint16_t port) {
  return dump<Handshake>({1U << TCP_SYN_RECV, port});
}

} // namespace reuseport
