#include "core/sock_diag_parse.h"

#include "core/address.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <optional>

namespace reuseport {
namespace {

using Bytes = std::span<const std::byte>;

Failure failed(int code) {
  return {code, "recvmsg", "NETLINK_SOCK_DIAG"};
}

/** The head of `bytes` as a T. */
template <class T>
std::optional<T> read(Bytes bytes) {
  T value{};
  if (bytes.size() < sizeof value) {
    return std::nullopt;
  }
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

Bytes skip(Bytes bytes, size_t length) {
  return bytes.subspan(std::min(length, bytes.size()));
}

bool read_ipv6_only(Bytes attributes) {
  while (auto head = read<nlattr>(attributes)) {
    if (head->nla_len < sizeof *head || head->nla_len > attributes.size()) {
      return false;
    }
    if (head->nla_type == INET_DIAG_SKV6ONLY) {
      return read<uint8_t>(attributes.first(head->nla_len).subspan(sizeof *head)).value_or(0) != 0;
    }
    attributes = skip(attributes, NLMSG_ALIGN(head->nla_len));
  }
  return false;
}

std::string address_of(const inet_diag_msg& entry) {
  SocketAddress address;
  if (entry.idiag_family == AF_INET) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, entry.id.idiag_src, sizeof in.sin_addr);
    std::memcpy(&address.storage, &in, sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, entry.id.idiag_src, sizeof in.sin6_addr);
    // As getsockname(2): a scope only where the address needs one.
    in.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&in.sin6_addr) ? entry.id.idiag_if : 0;
    std::memcpy(&address.storage, &in, sizeof in);
  }
  return format_address(address).address;
}

bool append(Bytes payload, std::vector<ListeningSocket>& sockets) {
  auto entry = read<inet_diag_msg>(payload);
  if (!entry) {
    return false;
  }
  if (entry->idiag_family == AF_INET || entry->idiag_family == AF_INET6) {
    bool ipv6_only = entry->idiag_family == AF_INET6 && read_ipv6_only(skip(payload, NLMSG_ALIGN(sizeof *entry)));
    sockets.push_back({entry->idiag_family, address_of(*entry), ntohs(entry->id.idiag_sport), entry->idiag_inode,
                       entry->idiag_uid, entry->idiag_rqueue, entry->idiag_wqueue, ipv6_only, entry->id.idiag_if});
  }
  return true;
}

bool append(Bytes payload, std::vector<Handshake>& handshakes) {
  auto entry = read<inet_diag_msg>(payload);
  if (!entry) {
    return false;
  }
  uint64_t cookie = uint64_t{entry->id.idiag_cookie[1]} << 32 | entry->id.idiag_cookie[0];
  handshakes.push_back({cookie, ntohs(entry->id.idiag_sport), entry->idiag_retrans});
  return true;
}

template <class Socket>
Result<DumpProgress> parse(Bytes datagram, std::vector<Socket>& sockets) {
  DumpProgress progress;
  while (!datagram.empty()) {
    auto head = read<nlmsghdr>(datagram);
    if (!head || head->nlmsg_len < sizeof *head || head->nlmsg_len > datagram.size()) {
      return failed(EBADMSG);
    }
    progress.interrupted |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    Bytes payload = datagram.first(head->nlmsg_len).subspan(sizeof *head);
    if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) {
      // Both carry a negative errno; a dump that went well ends with 0.
      int code = read<int>(payload).value_or(head->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG);
      if (code < 0) {
        return failed(code == INT32_MIN ? EBADMSG : -code);
      }
      progress.done |= head->nlmsg_type == NLMSG_DONE;
    } else if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY && !append(payload, sockets)) {
      return failed(EBADMSG);
    }
    datagram = skip(datagram, NLMSG_ALIGN(head->nlmsg_len));
  }
  return progress;
}

} // namespace

Result<DumpProgress> parse_dump(Bytes datagram, std::vector<ListeningSocket>& sockets) {
  return parse(datagram, sockets);
}

Result<DumpProgress> parse_dump(Bytes datagram, std::vector<Handshake>& handshakes) {
  return parse(datagram, handshakes);
}

} // namespace reuseport
