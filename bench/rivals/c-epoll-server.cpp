// The limit that the Node rivals are held against: the same answer from a bare epoll loop. One forked process for each
// worker, each with its own SO_REUSEPORT listener. It parses no more than it needs to answer GET requests.
//
// usage: c-epoll-server <address> <port> <workers> <backlog> [node|uws]: whose bytes it answers (node)

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kRequestLimitBytes = 16 * 1024;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  explicit Connection(int descriptor) : fd(descriptor) {}
  ~Connection() { close(fd); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd;
  /** Bytes of a request whose end has not come. */
  std::string pending;
};

int listenOn(const char* address, int port, int backlog) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    die("socket");
  }
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address, &local.sin_addr) != 1) {
    die("address");
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 || listen(fd, backlog) != 0) {
    die("bind");
  }
  return fd;
}

/** Whose bytes are answered: node:http's or those of uWebSockets.js, which says nothing of the connection. */
enum class Style { kNode, kUws };

/** The two responses, written anew each second for their Date, as Node caches it. */
class Responses {
public:
  explicit Responses(Style style) : style_(style) {}

  const std::string& get(bool closing) {
    const std::time_t now = std::time(nullptr);
    if (now != writtenAt_) {
      write(now);
    }
    return closing ? closing_ : keepAlive_;
  }

private:
  void write(std::time_t now) {
    std::array<char, 64> date{};
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    const std::string worker = std::to_string(getpid());
    if (style_ == Style::kUws) {
      closing_ = keepAlive_ = std::string("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-worker: ") + worker +
                              "\r\ndate: " + date.data() + "\r\ncontent-length: 6\r\n\r\nhello\n";
    } else {
      const std::string head =
          "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\nx-worker: " + worker +
          "\r\nDate: " + date.data() + "\r\n";
      closing_ = head + "Connection: close\r\n\r\nhello\n";
      keepAlive_ = head + "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nhello\n";
    }
    writtenAt_ = now;
  }

  const Style style_;
  std::time_t writtenAt_ = -1;
  std::string closing_;
  std::string keepAlive_;
};

bool asksToClose(std::string_view request) {
  for (std::size_t line = request.find("\r\n"); line != std::string_view::npos; line = request.find("\r\n", line + 2)) {
    constexpr std::string_view kField = "\r\nconnection: close";
    if (request.size() - line >= kField.size() &&
        strncasecmp(request.data() + line, kField.data(), kField.size()) == 0) {
      return true;
    }
  }
  return false;
}

/** Answers what is readable; false when the connection is over. */
bool serve(Connection& connection, Responses& responses) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      return got < 0 && errno == EAGAIN;
    }
    connection.pending.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t end = connection.pending.find("\r\n\r\n");
    while (end != std::string::npos) {
      const bool closing = asksToClose(std::string_view(connection.pending).substr(0, end));
      const std::string& response = responses.get(closing);
      const ssize_t sent = send(connection.fd, response.data(), response.size(), MSG_NOSIGNAL);
      if (closing || sent != static_cast<ssize_t>(response.size())) {
        return false;
      }
      connection.pending.erase(0, end + 4);
      end = connection.pending.find("\r\n\r\n");
    }
    if (connection.pending.size() > kRequestLimitBytes) {
      return false;
    }
    if (static_cast<std::size_t>(got) < buffer.size()) {
      return true;
    }
  }
}

void acceptAll(int listener, int epollFd, Responses& responses) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      return;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_unique<Connection>(fd);
    // The request has often come by now; then a connection for one request never enters epoll.
    if (serve(*connection, responses)) {
      epoll_event event{};
      event.events = EPOLLIN | EPOLLRDHUP;
      event.data.ptr = connection.get();
      if (epoll_ctl(epollFd, EPOLL_CTL_ADD, fd, &event) == 0) {
        static_cast<void>(connection.release()); // epoll's data owns it now
      }
    }
  }
}

[[noreturn]] void work(const char* address, int port, int backlog, Style style) {
  const int listener = listenOn(address, port, backlog);
  const int epollFd = epoll_create1(EPOLL_CLOEXEC);
  epoll_event listening{};
  listening.events = EPOLLIN;
  listening.data.ptr = nullptr;
  if (epollFd < 0 || epoll_ctl(epollFd, EPOLL_CTL_ADD, listener, &listening) != 0) {
    die("epoll");
  }
  Responses responses(style);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = epoll_wait(epollFd, events.data(), static_cast<int>(events.size()), -1);
    for (int index = 0; index < count; ++index) {
      auto* const connection = static_cast<Connection*>(events[static_cast<std::size_t>(index)].data.ptr);
      if (connection == nullptr) {
        acceptAll(listener, epollFd, responses);
      } else if (!serve(*connection, responses)) {
        delete connection;
      }
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view asked = argc == 6 ? argv[5] : "node";
  if (argc < 5 || argc > 6 || (asked != "node" && asked != "uws")) {
    std::fprintf(stderr, "usage: c-epoll-server <address> <port> <workers> <backlog> [node|uws]\n");
    return 2;
  }
  const Style style = asked == "uws" ? Style::kUws : Style::kNode;
  const int workers = std::atoi(argv[3]);
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stopSignals;
  sigemptyset(&stopSignals);
  sigaddset(&stopSignals, SIGTERM);
  sigaddset(&stopSignals, SIGINT);
  sigaddset(&stopSignals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &stopSignals, nullptr);
  const pid_t parent = getpid();
  std::vector<pid_t> children;
  for (int worker = 0; worker < workers; ++worker) {
    const pid_t child = fork();
    if (child < 0) {
      die("fork");
    }
    if (child == 0) {
      sigprocmask(SIG_UNBLOCK, &stopSignals, nullptr);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) {
        return 1; // the parent died before the line above
      }
      work(argv[1], std::atoi(argv[2]), std::atoi(argv[4]), style);
    }
    children.push_back(child);
  }
  // A worker never ends by itself, so any of these signals ends the server.
  int signal = 0;
  sigwait(&stopSignals, &signal);
  for (const pid_t child : children) {
    kill(child, SIGKILL);
  }
  while (wait(nullptr) > 0) {
  }
  return signal == SIGCHLD ? 1 : 0;
}
