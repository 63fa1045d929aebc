#include "core/accept_meter.h"

#include "core/loop_probe_import.h"
#include "core/state_layout.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reuseport {
namespace {

// Descriptors above are not counted; it is the usual limit of open files at the most.
constexpr int kMaxDescriptors = 1 << 20;
constexpr uint8_t kListens = 0x80;
constexpr size_t kMaxMeters = kListens;

/** By descriptor: 0, or the index of its meter; with kListens for what the library accepts from. Pages untouched cost
 * nothing. */
std::array<std::atomic<uint8_t>, kMaxDescriptors> owners;
/** One past the highest descriptor that ever had an owner. */
std::atomic<int> owners_end = 0;

std::mutex meters_mutex;
// Never destroyed: libraries close connections while the process exits.
auto& meters = *new std::array<std::shared_ptr<AcceptMeter>, kMaxMeters>;

thread_local WorkerLine* published = nullptr;

/** Keeps the page of `published` mapped. */
struct PublishedPage {
  std::shared_ptr<SharedMapping> page;
  ~PublishedPage() { published = nullptr; }
};
thread_local PublishedPage published_page;

bool has_owner_entry(int fd) {
  return fd >= 0 && fd < kMaxDescriptors;
}

void set_owner(int fd, uint8_t owner) {
  owners[static_cast<size_t>(fd)].store(owner, std::memory_order_relaxed);
  int end = owners_end.load(std::memory_order_relaxed);
  while (end <= fd && !owners_end.compare_exchange_weak(end, fd + 1, std::memory_order_relaxed)) {
  }
}

uint8_t owner_of(int fd) {
  return has_owner_entry(fd) ? owners[static_cast<size_t>(fd)].load(std::memory_order_relaxed) : uint8_t{0};
}

void add(Word& word, uint64_t number) {
  word.store(word.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
}

using Accept4 = int (*)(int, sockaddr*, socklen_t*, int);
using Close = int (*)(int);

// What was in the slots. Valid from the start, because other threads come through as soon as a slot is written.
std::atomic<Accept4> original_accept4 = ::accept4;
std::atomic<Close> original_close = ::close;

} // namespace

struct AcceptHooks {
  static AcceptMeter& meter_of(uint8_t owner) { return *meters[owner & ~kListens]; }

  static int accept(int fd, sockaddr* address, socklen_t* length, int flags) {
    uint8_t owner = owner_of(fd);
    if ((owner & kListens) == 0) {
      return original_accept4.load(std::memory_order_relaxed)(fd, address, length, flags);
    }
    AcceptMeter& meter = meter_of(owner);
    if (fd == meter.feeder_.load(std::memory_order_relaxed)) {
      return take(meter, fd, address, length);
    }
    int connection = original_accept4.load(std::memory_order_relaxed)(fd, address, length, flags);
    if (has_owner_entry(connection)) {
      set_owner(connection, meter.index_);
      meter.count_open();
    }
    return connection;
  }

  /** The next connection that was given; EAGAIN when there is none. Those that were given are counted already. */
  static int take(AcceptMeter& meter, int fd, sockaddr* address, socklen_t* length) {
    std::lock_guard lock(meter.mutex_);
    if (meter.waiting_.empty()) {
      uint64_t count = 0;
      [[maybe_unused]] ssize_t read = ::read(fd, &count, sizeof count);
      errno = EAGAIN;
      return -1;
    }
    int connection = meter.waiting_.front().release();
    meter.waiting_.erase(meter.waiting_.begin());
    if (address != nullptr && length != nullptr && ::getpeername(connection, address, length) != 0) {
      // The client is gone already: the library sees that when it reads.
      *length = 0;
    }
    return connection;
  }

  static int close(int fd) {
    // Before the close: the number may be another descriptor's right after it.
    if (uint8_t owner = owner_of(fd); owner != 0) {
      set_owner(fd, 0);
      AcceptMeter& meter = meter_of(owner);
      if ((owner & kListens) == 0) {
        meter.count_closed();
      } else {
        (fd == meter.feeder_.load() ? meter.feeder_ : meter.listener_).store(-1);
      }
    }
    return original_close.load(std::memory_order_relaxed)(fd);
  }
};

std::string hook_accepts(const std::string& path) {
  // Of several threads that load the library one would make the table read-only while another writes to it.
  static auto& mutex = *new std::mutex;
  std::lock_guard lock(mutex);
  void* library = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) {
    return path + " is not loaded";
  }
  link_map* map = nullptr;
  std::string why;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) {
    why = path + " has no link map";
  } else {
    // Part of the library's own data, by which it is found.
    const void* within = map->l_ld;
    why = replace_import(within, "close", original_close, &AcceptHooks::close);
    if (why.empty()) {
      why = replace_import(within, "accept4", original_accept4, &AcceptHooks::accept);
    }
  }
  ::dlclose(library);
  return why;
}

void publish_accepts(std::shared_ptr<SharedMapping> page, size_t slot) {
  published = page == nullptr ? nullptr : &reinterpret_cast<StatePage*>(page->data())->rows[slot].worker;
  published_page.page = std::move(page);
}

std::shared_ptr<AcceptMeter> AcceptMeter::open(int fd) {
  if (!has_owner_entry(fd)) {
    return nullptr;
  }
  std::lock_guard lock(meters_mutex);
  // 0 means that there is none.
  for (size_t index = 1; index < kMaxMeters; index++) {
    if (meters[index] == nullptr || meters[index]->is_over()) {
      auto number = static_cast<uint8_t>(index);
      meters[index] = std::shared_ptr<AcceptMeter>(new AcceptMeter(fd, number));
      set_owner(fd, number | kListens);
      return meters[index];
    }
  }
  return nullptr;
}

AcceptMeter::~AcceptMeter() = default;

bool AcceptMeter::is_over() const {
  return listener_ < 0 && feeder_ < 0 && open_connections() == 0;
}

void AcceptMeter::count_open() {
  accepted_.fetch_add(1, std::memory_order_relaxed);
  open_.fetch_add(1, std::memory_order_relaxed);
  if (published != nullptr) {
    add(published->connections, 1);
    add(published->open_connections, 1);
  }
}

void AcceptMeter::count_closed() {
  open_.fetch_sub(1, std::memory_order_relaxed);
  if (published != nullptr) {
    add(published->open_connections, ~uint64_t{0});
  }
}

size_t AcceptMeter::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

int AcceptMeter::feed_on(int fd) {
  if (!has_owner_entry(fd)) {
    return EMFILE;
  }
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid() || ::dup3(event.get(), fd, O_CLOEXEC) < 0) {
    return errno;
  }
  feeder_.store(fd);
  set_owner(fd, index_ | kListens);
  return 0;
}

bool AcceptMeter::feed(UniqueFd& connection) {
  int feeder = feeder_.load();
  if (feeder < 0 || !has_owner_entry(connection.get())) {
    return false;
  }
  set_owner(connection.get(), index_);
  count_open();
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(connection));
  uint64_t one = 1;
  // An eventfd that is full is readable just as well.
  [[maybe_unused]] ssize_t written = ::write(feeder, &one, sizeof one);
  return true;
}

void AcceptMeter::shut_down_all() const {
  int end = owners_end.load();
  for (int fd = 0; fd < end; fd++) {
    if (owner_of(fd) == index_) {
      (void)::shutdown(fd, SHUT_WR);
    }
  }
}

} // namespace reuseport
