// Drives native/core under the sanitizers: makes each system call of each operation fail once, and feeds the parsers
// with damaged input. Exits with 1 and a line on standard error when an expectation does not hold.
#include "core/address.h"
#include "core/listener_info.h"
#include "core/local_socket.h"
#include "core/message.h"
#include "core/send_queue.h"
#include "core/sock_diag.h"
#include "core/sync_receive.h"
#include "core/tcp_listener.h"
#include "core/unix_address.h"
#include "core/unix_listener.h"
#include "test/faults.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <random>
#include <string_view>

using namespace reuseport;

namespace {

void expect(bool holds, const std::string& what) {
  if (!holds) {
    std::fprintf(stderr, "core_test: %s\n", what.c_str());
    std::exit(1);
  }
}

long count_descriptors() {
  std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

/** Runs `operation` with its first, second, … system call failing, until none is left to fail. */
void fail_each_step(const char* name, int code, const std::function<bool()>& operation) {
  for (int step = 1;; step++) {
    long before = count_descriptors();
    faults::code = code;
    faults::countdown = step;
    bool succeeded = operation();
    bool struck = faults::countdown == 0;
    faults::countdown = 0;
    std::string at = std::string(name) + ", errno " + std::to_string(code) + " at step " + std::to_string(step);
    expect(count_descriptors() == before, at + ": descriptors leaked");
    // EAGAIN, EINTR and a first ECONNRESET are no failures where they can be waited for.
    bool harmless = code == EAGAIN || code == EINTR || code == ECONNRESET;
    expect(struck ? (!succeeded || harmless) : succeeded, at + ": wrong outcome");
    if (!struck) {
      expect(step > 1, at + ": no step was made to fail");
      return;
    }
  }
}

TcpListenerOptions tcp_options() {
  TcpListenerOptions options;
  options.address = *parse_address("::1", 0).value();
  options.subject = "[::1]:0";
  options.defer_accept_seconds = 1;
  options.fast_open_queue = 1;
  options.incoming_cpu = 0;
  return options;
}

bool exchange_messages() {
  auto pair = make_socket_pair();
  if (!pair) {
    return false;
  }
  auto& [left, right] = pair.value();
  if (!prepare_message_socket(left.get()) || !prepare_message_socket(right.get())) {
    return false;
  }
  std::vector<std::byte> buffer(kMaxMessageBytes);
  std::vector<std::byte> data(32 * 1024);
  std::array fds{0, 1, 2};
  SendQueue queue;
  for (int i = 0; i < 40; i++) {
    if (!queue.send(left.get(), data, fds)) {
      return false;
    }
  }
  expect(!queue.empty(), "1.2 MiB fitted into a socket");
  for (int i = 0; i < 40; i++) {
    if (!queue.flush(left.get())) {
      return false;
    }
    SendQueue nothing;
    auto reading = wait_for_message(right.get(), nothing, buffer, std::chrono::milliseconds(1000));
    if (!reading) {
      return false;
    }
    auto* message = std::get_if<Message>(&reading.value());
    expect(message != nullptr && message->data.size() == data.size() && message->fds.size() == 3, "a message was cut");
  }
  left.reset();
  auto end = receive_message(right.get(), buffer);
  return end.ok();
}

void test_failures() {
  auto name = *parse_unix_path(std::string("\0core-test", 10) + std::to_string(getpid()));
  auto listener = bind_tcp_listener(tcp_options());
  expect(listener && start_listening(listener.value().get(), 1), "no listener on ::1");
  for (int code : {ENOMEM, EMFILE, EINTR, EAGAIN, ECONNRESET}) {
    fail_each_step("bind_tcp_listener", code, [] { return bind_tcp_listener(tcp_options()).ok(); });
    fail_each_step("bind_unix_listener", code, [&] { return bind_unix_listener(name).ok(); });
    fail_each_step("read_listener_info", code, [&] { return read_listener_info(listener.value().get()).ok(); });
    fail_each_step("dump_listening_sockets", code, [] { return dump_listening_sockets(0).ok(); });
    fail_each_step("exchange_messages", code, exchange_messages);
  }
}

template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
  auto raw = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

std::vector<std::byte> sample_dump() {
  inet_diag_msg entry{};
  entry.idiag_family = AF_INET6;
  entry.id.idiag_sport = 0x901f;
  entry.idiag_inode = 4711;
  nlattr attribute{sizeof(nlattr) + 1, INET_DIAG_SKV6ONLY};
  uint32_t value = 1;
  uint32_t length = sizeof(nlmsghdr) + sizeof entry + sizeof attribute + sizeof value;
  std::vector<std::byte> bytes;
  append(bytes, nlmsghdr{length, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, 1, 0});
  append(bytes, entry);
  append(bytes, attribute);
  append(bytes, value);
  append(bytes, nlmsghdr{sizeof(nlmsghdr) + sizeof(int), NLMSG_DONE, NLM_F_MULTI, 1, 0});
  append(bytes, 0);
  return bytes;
}

void test_dump_parser() {
  const auto sample = sample_dump();
  std::vector<ListeningSocket> sockets;
  auto progress = parse_dump(sample, sockets);
  expect(progress && progress.value().done && !progress.value().interrupted, "a sound dump is not read to its end");
  expect(sockets.size() == 1 && sockets[0].ipv6_only && sockets[0].port == 8080 && sockets[0].inode == 4711,
         "a sound dump is read wrongly");
  std::vector<Handshake> handshakes;
  expect(parse_dump(sample, handshakes).ok() && handshakes.size() == 1 && handshakes[0].port == 8080,
         "a handshake is read wrongly");
  auto interrupted = sample;
  interrupted[offsetof(nlmsghdr, nlmsg_flags)] |= std::byte{NLM_F_DUMP_INTR};
  progress = parse_dump(interrupted, sockets);
  expect(progress && progress.value().interrupted, "NLM_F_DUMP_INTR is overlooked");
  std::vector<std::byte> refused;
  append(refused, nlmsghdr{sizeof(nlmsghdr) + sizeof(int), NLMSG_ERROR, 0, 1, 0});
  append(refused, -EPERM);
  progress = parse_dump(refused, sockets);
  expect(!progress && progress.failure().code == EPERM, "NLMSG_ERROR does not give its errno");
  for (size_t length = 0; length < sample.size(); length++) {
    // A copy of its own, so that a read behind the end is seen by the sanitizer.
    std::vector<std::byte> cut(sample.begin(), sample.begin() + static_cast<long>(length));
    cut.shrink_to_fit();
    (void)parse_dump(cut, sockets).ok();
  }
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; i++) {
    auto damaged = sample;
    for (int n = 0; n < 3; n++) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    (void)parse_dump(damaged, sockets).ok();
    sockets.clear();
  }
}

void test_address_parsers() {
  std::mt19937 random(2);
  constexpr std::string_view letters("0123456789abcdef:.%loth\0", 24);
  for (int i = 0; i < 100'000; i++) {
    std::string text;
    for (size_t n = random() % 40; n > 0; n--) {
      text += letters[random() % letters.size()];
    }
    auto parsed = parse_address(text, 1);
    if (parsed && parsed.value()) {
      AddressText shown = format_address(*parsed.value());
      auto again = parse_address(shown.address, shown.port);
      expect(again && again.value() && format_address(*again.value()).address == shown.address, "unstable: " + text);
    }
  }
  for (size_t length = 0; length < 120; length++) {
    for (const std::string& path : {std::string(length, 'x'), std::string(1, '\0') + std::string(length, 'x')}) {
      auto parsed = parse_unix_path(path);
      expect(parsed.has_value() == (!path.empty() && path.size() <= (path[0] == '\0' ? 108 : 107)), "limit of paths");
      expect(!parsed || format_unix_path(*parsed) == path, "a path does not read back");
    }
  }
}

/** What the sanitizers must report: proof that they watch. */
void plant(std::string_view canary) {
  static void* volatile kept = nullptr;
  if (canary == "--canary-overflow") {
    kept = std::malloc(8);
    static_cast<volatile char*>(kept)[8] = 1;
  } else if (canary == "--canary-leak") {
    kept = std::malloc(8);
    kept = nullptr;
  } else if (canary == "--canary-undefined") {
    volatile int large = 2147483647;
    large = large + 1;
  } else {
    expect(false, "unknown argument " + std::string(canary));
  }
}

} // namespace

int main(int count, char** arguments) {
  if (count > 1) {
    plant(arguments[1]);
    return 0;
  }
  test_dump_parser();
  test_address_parsers();
  test_failures();
  std::puts("core_test: passed");
  return 0;
}
